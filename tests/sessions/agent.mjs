// A coding agent's screen in the manner of Ink: a live region that is erased and written again for each tick,
// finished parts that scroll away above it, boxes, a spinner, true colour, and synchronised output.
const out = (text) => process.stdout.write(text);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const dim = (text) => `\x1b[2m${text}\x1b[22m`;
const hue = (text, r, g, b) => `\x1b[38;2;${r};${g};${b}m${text}\x1b[39m`;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const width = process.stdout.columns - 2;
let shown = 0;

function box(title, lines) {
    const top = `╭─ ${title} ${'─'.repeat(Math.max(0, width - title.length - 5))}╮`;
    return [top, ...lines.map((line) => `│ ${line}\x1b[${width + 1}G│`), `╰${'─'.repeat(width - 2)}╯`];
}

// One frame: up over the old one, erase line by line, write the new one.
function draw(lines, done = '') {
    let text = '\x1b[?2026h\x1b[?25l';
    for (let i = 0; i < shown; i++) text += '\x1b[2K' + (i < shown - 1 ? '\x1b[1A' : '');
    text += (shown > 0 ? '\x1b[G' : '') + done + lines.join('\n');
    shown = lines.length;
    out(text + '\x1b[?2026l');
}

process.stdin.setRawMode(true);
out('\x1b[?2004h\x1b[?1004h\x1b]0;✳ agent\x07');
const steps = ['Read src/main.c', 'Edit src/grid.c', 'Run make test', 'Search 中文 in docs', 'Write README 🚀'];
for (const [index, step] of steps.entries()) {
    for (let tick = 0; tick < 4; tick++) {
        draw([
            hue(`${spinner[(index * 4 + tick) % 10]} Thinking…`, 215, 119 + tick * 10, 87) + dim(` (${index * 4 + tick}s · esc to interrupt)`),
            ...box('\x1b[1mYou\x1b[22m', [`> ${'fix the tests '.repeat(2)}`, dim('? for shortcuts')]),
        ]);
        await sleep(30);
    }
    const diff = `\x1b[48;2;30;70;40m+ row ${index}: e\u0301 ü 中\x1b[49m\n\x1b[48;2;80;30;30m- row ${index}\x1b[49m\n`;
    draw(box('You', ['> ▏']), `${hue('⏺', 80, 200, 120)} ${step}\n  ⎿  ${dim('done in 0.3 s')}\n${index % 2 ? diff : ''}`);
    await sleep(30);
}
process.stdin.once('data', async () => {
    out('\x1b[?1049h\x1b[H\x1b[2J' + box('Transcript', steps.map((step) => hue(step, 120, 170, 255))).join('\r\n') + '\r\n\x1b[7m press any key \x1b[27m');
    process.stdin.once('data', () => {
        out('\x1b[?1049l\x1b[?25h\x1b[?2004l\x1b[?1004l\r\n');
        process.exit(0);
    });
});
