// SPDX-License-Identifier: GPL-3.0-only
//
// exercise.sys tests the driver runtime from inside: each code runs one test and answers with the number of
// the line that failed, 0 for success.
#pragma once

#define EXERCISE_CODE(function) (0x222000u | ((function) << 2))

#define EXERCISE_IRQL EXERCISE_CODE(1)
#define EXERCISE_TIMER EXERCISE_CODE(2)
#define EXERCISE_WORK EXERCISE_CODE(3)
#define EXERCISE_THREAD EXERCISE_CODE(4)
#define EXERCISE_REGISTRY EXERCISE_CODE(5)
#define EXERCISE_POOL EXERCISE_CODE(6)
#define EXERCISE_TIME EXERCISE_CODE(7)
#define EXERCISE_EXCEPTION EXERCISE_CODE(8)
#define EXERCISE_REMOTE EXERCISE_CODE(9)
#define EXERCISE_STRINGS EXERCISE_CODE(10)
#define EXERCISE_EXECUTE EXERCISE_CODE(11)
#define EXERCISE_DIRECT (0x222000u | (12 << 2) | 2)  // out-direct: fills the buffer with 0x5a
#define EXERCISE_LAST 11
