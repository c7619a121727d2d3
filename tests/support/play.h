/*
 * What benches of terminals play: six payloads, the same bytes in each run, and a player that runs inside the
 * terminal. It writes the payload, asks for the cursor's position, and notes how long it took until the
 * answer was there, so everything that was written has been understood.
 *
 * A bench's main hands over to play_main first; "PROGRAM --play PAYLOAD RESULT" is then the player.
 * "PROGRAM --pour PAYLOAD" pours the payload again and again into all rows but the last, where it shows each
 * key that is typed, until that is PLAY_ENOUGH; then it writes "poured".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* ascii, sgr, yes, cjk, motion, alternate */
enum { PLAY_ENOUGH = 'q' };
enum { PLAYS = 6, PLAY_COLS = 120, PLAY_ROWS = 40, PLAY_PATIENCE_S = 60 };

/* The name of a payload, 0 <= index < PLAYS. */
const char *play_name(int index);

/* Writes `size` bytes or a little more of a payload to a file; the bytes written. 0 when it cannot. */
size_t play_make(int index, size_t size, const char *path);

/* Becomes the player, and does not return, when the program was started as one. */
void play_main(int argc, char **argv);

/* The seconds that a player has noted, and removes the note; 0 as long as there is none. */
double play_result(const char *path);
