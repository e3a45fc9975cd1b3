// SPDX-License-Identifier: GPL-3.0-only
// Wine 8.0 does not get to its end: it loses the code of an exception that is raised while another unwinds.
// Structured exception handling as the msvc target has it: filters, continuation, finally blocks, nesting,
// unwinding by longjmp.
#include <setjmp.h>

#include "../say.h"

static int order[20], count;
static void note(int value) {
    order[count++] = value;
}
static void show(const char* what) {
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d", order[i]);
    printf("\n");
    count = 0;
}

static volatile int* volatile nowhere;
static int good;

static int kind_of(EXCEPTION_POINTERS* pointers) {
    return static_cast<int>(pointers->ExceptionRecord->ExceptionInformation[0]);
}

static int mend(EXCEPTION_POINTERS* pointers) {
    note(static_cast<int>(pointers->ExceptionRecord->NumberParameters));
    pointers->ContextRecord->Rax = 0;
    return EXCEPTION_CONTINUE_SEARCH;
}

static void faults() {
    __try {
        __try {
            *nowhere = 1;
            note(1);
        } __finally {
            note(AbnormalTermination() ? 2 : 3);
        }
    } __except (mend(GetExceptionInformation()),
                GetExceptionCode() == static_cast<DWORD>(EXCEPTION_ACCESS_VIOLATION)) {
        note(4);
    }
    show("fault");
}

static int leave_early() {
    __try {
        note(1);
        return 5;
    } __finally {
        note(AbnormalTermination() ? 2 : 3);
    }
}

static void raises(DWORD code, DWORD flags) {
    ULONG_PTR arguments[2] = {11, 22};
    RaiseException(code, flags, 2, arguments);
    note(9);
}

static int resumes(DWORD code) {
    return code == 0x111 ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_EXECUTE_HANDLER;
}

static void nested() {
    __try {
        __try {
            raises(0x222, 0);
        } __except (note(1), EXCEPTION_CONTINUE_SEARCH) {
            note(2);
        }
    } __except (note(3), EXCEPTION_EXECUTE_HANDLER) {
        note(4);
        __try {
            raises(0x333, 0);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            note(5);
        }
    }
    show("nested");
    __try {
        raises(0x111, 0);
    } __except (resumes(GetExceptionCode())) {
        note(6);
    }
    show("continued");
    __try {
        __try {
            raises(0x111, EXCEPTION_NONCONTINUABLE);
        } __except (resumes(GetExceptionCode())) {
            note(7);
        }
    } __except (note(static_cast<int>(GetExceptionCode() & 0xff)), EXCEPTION_EXECUTE_HANDLER) {
        note(8);
    }
    show("not to be continued");
}

static void in_finally() {
    __try {
        __try {
            __try {
                raises(0x222, 0);
            } __finally {
                note(1);
                raises(0x333, 0);
            }
        } __finally {
            note(2);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        note(static_cast<int>(GetExceptionCode()));
    }
    show("collided");
}

static LONG CALLBACK first(EXCEPTION_POINTERS* pointers) {
    note(100);
    return pointers->ExceptionRecord->ExceptionCode == 0x444 ? EXCEPTION_CONTINUE_EXECUTION
                                                             : EXCEPTION_CONTINUE_SEARCH;
}
static LONG CALLBACK continued(EXCEPTION_POINTERS*) {
    note(200);
    return EXCEPTION_CONTINUE_SEARCH;
}

static void vectored() {
    void* handler = AddVectoredExceptionHandler(1, first);
    void* after = AddVectoredContinueHandler(1, continued);
    __try {
        raises(0x444, 0);
        raises(0x555, 0);
    } __except (note(1), EXCEPTION_EXECUTE_HANDLER) {
        note(2);
    }
    show("vectored");
    NUM(RemoveVectoredExceptionHandler(handler));
    NUM(RemoveVectoredExceptionHandler(handler));
    NUM(RemoveVectoredContinueHandler(after));
}

static void codes() {
    volatile int zero = 0;
    __try {
        good = 5 / zero;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        HEX(GetExceptionCode());
    }
    __try {
        __debugbreak();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        HEX(GetExceptionCode());
    }
    __try {
        reinterpret_cast<void (*)()>(0x10)();
    } __except (good = kind_of(GetExceptionInformation()), EXCEPTION_EXECUTE_HANDLER) {
        HEX(GetExceptionCode());
        NUM(good);
    }
    __try {
        __builtin_trap();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        HEX(GetExceptionCode());
    }
}

#pragma clang diagnostic ignored "-Winfinite-recursion"
static __declspec(noinline) int deep(int depth) {
    volatile char room[4000];
    room[0] = static_cast<char>(depth);
    return deep(depth + 1) + room[0];
}

static void overflow() {
    __try {
        good = deep(0);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        HEX(GetExceptionCode());
    }
}

static LONG WINAPI last(EXCEPTION_POINTERS* pointers) {
    printf("unhandled %lx\n", pointers->ExceptionRecord->ExceptionCode);
    fflush(stdout);
    return EXCEPTION_EXECUTE_HANDLER;
}

int main() {
    faults();
    NUM(leave_early());
    show("return in try");
    nested();
    in_finally();
    vectored();
    codes();
    overflow();
    SetUnhandledExceptionFilter(last);
    SetErrorMode(SEM_NOGPFAULTERRORBOX);
    raises(0xe0000008, 0);
    return 0;
}
