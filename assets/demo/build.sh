#!/bin/sh
# The demo's build: compiles a generated program of twenty small files, slowly enough to watch. Every fourth
# build has a real mistake in it and fails.
set -u

mkdir -p release && cd release || exit 1
count=$(cat .builds 2>/dev/null || echo 0)
echo $((count + 1)) >.builds
echo "build $((count + 1)) of branch release/2.$((count / 4))"
total=20
rm -f ./*.o
i=1
: >main.c
while [ $i -le $total ]; do
    printf 'int unit_%d(int x)\n{\n    return x * %d + %d;\n}\n' $i $i $((count % 7)) >unit_$i.c
    echo "int unit_$i(int x);" >>main.c
    i=$((i + 1))
done
printf '#include <stdio.h>\nint main(void)\n{\n    printf("self test: %%d\\n", unit_1(2) + unit_%d(3));\n    return 0;\n}\n' $total >>main.c
if [ $((count % 4)) -eq 3 ]; then
    sed -i 's/return x/return y/' unit_13.c
fi
i=1
while [ $i -le $total ]; do
    printf '[%2d/%d] CC unit_%d.o\n' $i $total $i
    ${CC:-cc} -O1 -c unit_$i.c -o unit_$i.o || { echo "build failed: unit_$i.c" >&2; exit 1; }
    sleep "${BOX_PACE:-1}"
    i=$((i + 1))
done
echo "LD release"
${CC:-cc} -o release main.c unit_*.o || exit 1
./release
ls -l release | awk '{ print "done: release, " $5 " bytes" }'
