#!/bin/sh
# The usual test print of colours and attributes.
for i in 0 1 2 3 4 5 6 7; do printf '\033[3%dm fg%d \033[9%dm bright \033[0;4%dm bg \033[10%dm bright \033[0m\n' $i $i $i $i $i; done
for i in 16 52 88 124 160 196 202 208 214 220 226 190 154 118 82 46; do printf '\033[48;5;%dm%4d\033[0m' $i $i; done
printf '\n'
awk 'BEGIN {
    for (column = 0; column < 77; column++) {
        r = 255 - column * 255 / 76; g = column * 510 / 76; b = column * 255 / 76
        if (g > 255) g = 510 - g
        printf "\033[48;2;%d;%d;%dm\033[38;2;%d;%d;%dm%s\033[0m", r, g, b, 255 - r, 255 - g, 255 - b, column % 2 ? "/" : "\\"
    }
    printf "\n"
}'
for i in 1 2 3 4 5 7 8 9; do printf '\033[%dmSGR %d\033[0m ' $i $i; done
printf '\n'
for i in 1 2 3 4 5; do printf '\033[4:%d;58:2::255:80:0mstyle %d\033[0m ' $i $i; done
printf '\033[21mdouble\033[24m off\n'
printf '\033[38:2::255:128:0mcolon\033[m \033[38:2:0:200:255mcolon without a space\033[m \033[48:5:57mindexed\033[m\n'
