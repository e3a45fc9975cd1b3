// SPDX-License-Identifier: GPL-3.0-only
//
// The scheduler against a model of it: random operations on threads that wait for signals and leave a note
// when they run. The model knows seL4's rules and nothing else: who is enqueued at the head, who is appended,
// who is switched to at once.
#include "lib.h"

enum { THREADS_HERE = 7, LOWEST = 46, LEVELS = 10, MAIN = THREADS_HERE, NOTES = 64 };

// What was seen, and what the model says.
static volatile word seen[NOTES], seen_count;
static word wanted[NOTES], wanted_count;

static word notification_of[THREADS_HERE];

static void waiter(word who) {
    for (;;) {
        struct message m = {0};
        recv(notification_of[who], &m);
        seen[seen_count++ % NOTES] = who;
    }
}

// WAITING: in its receive. WOKEN: behind it, about to leave its note. AGAIN: about to make its receive again.
enum step { WAITING, WOKEN, AGAIN };
struct model_thread {
    int priority, active, queued;
    enum step step;
    int signalled;  // its notification holds a signal
};
static struct model_thread model[THREADS_HERE + 1];
static int queue[LEVELS][THREADS_HERE + 1], length[LEVELS];

static void unqueue(int who) {
    int level = model[who].priority;
    if (!model[who].queued) {
        return;
    }
    model[who].queued = 0;
    int at = 0;
    while (queue[level][at] != who) {
        at++;
    }
    for (length[level]--; at < length[level]; at++) {
        queue[level][at] = queue[level][at + 1];
    }
}

static void put(int who, int at_head) {
    int level = model[who].priority;
    if (model[who].queued) {
        return;
    }
    model[who].queued = 1;
    if (at_head) {
        for (int i = length[level]; i > 0; i--) {
            queue[level][i] = queue[level][i - 1];
        }
        queue[level][0] = who;
    } else {
        queue[level][length[level]] = who;
    }
    length[level]++;
}

static int highest(void) {
    int level = LEVELS - 1;
    while (level >= 0 && length[level] == 0) {
        level--;
    }
    return level;
}

// It runs until it waits.
static void run_thread(int who) {
    struct model_thread* t = &model[who];
    for (;;) {
        if (t->step == WOKEN) {
            wanted[wanted_count++ % NOTES] = (word)who;
        }
        t->step = WAITING;
        if (!t->signalled) {
            return;
        }
        t->signalled = 0;
        t->step = WOKEN;
    }
}

static int is_runnable(int who) {
    return who == MAIN || (model[who].active && model[who].step != WAITING);
}

// Chooses from the queues until it is the main thread's turn.
static void choose(void) {
    for (;;) {
        int who = queue[highest()][0];
        unqueue(who);
        if (who == MAIN) {
            return;
        }
        run_thread(who);
    }
}

// The end of a kernel entry of the main thread, in which `candidate` was woken (-1: nobody, but a choice is
// to be made).
static void schedule(int candidate) {
    put(MAIN, 1);
    if (candidate >= 0) {
        int level = model[candidate].priority;
        if (level < model[MAIN].priority) {
            put(candidate, 1);  // the main thread is higher: it cannot be the highest
        } else if (level == model[MAIN].priority) {
            put(candidate, 0);
        } else {
            unqueue(candidate);
            run_thread(candidate);
        }
    }
    choose();
}

static void model_signal(int who) {
    struct model_thread* t = &model[who];
    if (!t->active || t->step != WAITING) {
        t->signalled = 1;
        return;
    }
    t->step = WOKEN;
    schedule(who);
}

static void model_priority(int who, int priority) {
    unqueue(who);
    model[who].priority = priority;
    if (who == MAIN) {
        schedule(-1);
    } else if (is_runnable(who)) {
        schedule(who);
    }
}

static void model_suspend(int who) {
    unqueue(who);
    model[who].active = 0;
    if (model[who].step == WAITING) {
        model[who].step = AGAIN;
    }
}

static void model_resume(int who) {
    struct model_thread* t = &model[who];
    if (t->active && t->step != WAITING) {
        return;
    }
    t->active = 1;
    if (t->step == WAITING) {
        t->step = AGAIN;
    }
    put(who, 1);
    schedule(who);
}

static void model_yield(void) {
    put(MAIN, 0);
    choose();
}

static void compare(word step, word operation, word who) {
    int same = seen_count == wanted_count;
    for (word i = 0; i < wanted_count && i < NOTES && same; i++) {
        same = seen[i] == wanted[i];
    }
    if (!same) {
        EQ(step << 32 | operation << 16 | who, 0);
        EQ(seen_count, wanted_count);
        for (word i = 0; i < wanted_count && i < 8; i++) {
            EQ(seen[i], wanted[i]);
        }
    }
    seen_count = wanted_count = 0;
}

static word seed;
static word random_number(word below) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (seed >> 33) % below;
}

static void prepare(struct thread** t) {
    seen_count = wanted_count = 0;
    for (int i = 0; i < LEVELS; i++) {
        length[i] = 0;
    }
    model[MAIN] = (struct model_thread){.priority = MAIN_PRIORITY - LOWEST, .active = 1};
    for (word i = 0; i < THREADS_HERE; i++) {
        notification_of[i] = object(OBJ_NOTIFICATION, 0);
        t[i] = thread();
        start(t[i], waiter, i);  // above us: it waits at once
        EQ(set_priority(t[i]->tcb, LOWEST + i), NO_ERROR);
        model[i] = (struct model_thread){.priority = (int)i, .active = 1, .step = WAITING};
    }
}

static void scheduler(void) {
    static word start_seed = 1;
    struct thread* t[THREADS_HERE];
    prepare(t);
    seed = start_seed++;  // a repeated try is another one
    for (word step = 0; step < 1200; step++) {
        word operation = random_number(12), who = random_number(THREADS_HERE), level = random_number(LEVELS);
        switch (operation) {
            case 0:
                set_priority(t[who]->tcb, LOWEST + level);
                model_priority((int)who, (int)level);
                break;
            case 1:
                suspend(t[who]);
                model_suspend((int)who);
                break;
            case 2:
            case 3:
                resume(t[who]);
                model_resume((int)who);
                break;
            case 4:
                yield();
                model_yield();
                break;
            case 5:
                set_priority(CAP_TCB, LOWEST + level);
                model_priority(MAIN, (int)level);
                break;
            default:
                signal(notification_of[who]);
                model_signal((int)who);
        }
        compare(step, operation, who);
    }
}

const struct test model_tests[] = {{"model/scheduler", scheduler}, {0, 0}};
