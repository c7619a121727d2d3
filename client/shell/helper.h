/*
 * What the console's side and the helper's side of a shell agree on before the first frame.
 */
#pragma once

/* The descriptor on which a helper finds its console. */
enum { HELPER_SOCKET = 3 };
