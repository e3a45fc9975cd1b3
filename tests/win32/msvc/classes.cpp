// SPDX-License-Identifier: GPL-3.0-only
// C++ exceptions, run-time types, static and thread-local objects as the msvc target has them.
#include "../say.h"

struct Traced {
    int number;
    explicit Traced(int n) : number(n) { printf("+%d ", n); }
    Traced(const Traced& from) : number(from.number + 100) { printf("+%d ", number); }
    ~Traced() { printf("-%d ", number); }
};

struct Base {
    virtual ~Base() = default;
    virtual int kind() const { return 1; }
};
struct Other {
    virtual ~Other() = default;
    int value = 7;
};
struct Derived : Base, Other {
    int kind() const override { return 2; }
};

static Traced global(1000);
static thread_local Traced of_thread(2000);

static void throws(int what) {
    Traced local(what);
    switch (what) {
        case 1:
            throw 5;
        case 2:
            throw Derived();
        case 3:
            throw "text";
        case 4:
            throw Traced(50);
        case 5:
            throw static_cast<const Base*>(nullptr);
        default:
            break;
    }
}

static void catches(int what) {
    try {
        Traced outer(10);
        throws(what);
        printf("nothing ");
    } catch (int value) {
        printf("int %d ", value);
    } catch (const Other& other) {
        printf("other %d ", other.value);
    } catch (const char* text) {
        printf("text %s ", text);
    } catch (const Traced& traced) {
        printf("traced %d ", traced.number);
    } catch (...) {
        printf("something ");
    }
    printf("\n");
}

static void rethrows() {
    try {
        try {
            throws(4);
        } catch (Traced copy) {
            printf("copy %d ", copy.number);
            throw;
        }
    } catch (Traced& traced) {
        printf("again %d ", traced.number);
    }
    printf("\n");
    try {
        try {
            throw 1;
        } catch (int) {
            throw 2L;
        }
    } catch (long value) {
        printf("replaced by %ld\n", value);
    }
}

struct Half {
    Traced first{61};
    Half() { throw 'h'; }
};

static int once() {
    static Traced only(3000);
    return ++only.number;
}

static DWORD WINAPI thread(void*) {
    of_thread.number = 2500;
    try {
        throws(1);
    } catch (int value) {
        return static_cast<DWORD>(value);
    }
    return 0;
}

static int through_filter() {
    __try {
        throws(1);
    } __except (GetExceptionCode() == 0xe06d7363 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
        return 1;
    }
    return 0;
}

int main() {
    Derived derived;
    Base* base = &derived;
    Base plain;
    DWORD code;
    for (int i = 1; i <= 6; i++)
        catches(i);
    rethrows();
    try {
        Half half;
    } catch (char c) {
        printf("half %c\n", c);
    }
    printf("cast %d %d\n", dynamic_cast<Other*>(base) == &derived, dynamic_cast<Other*>(&plain) == nullptr);
    try {
        dynamic_cast<Other&>(plain).value = 1;
    } catch (...) {
        printf("bad cast\n");
    }
    NUM(base->kind());
    once();
    NUM(once());
    NUM(of_thread.number);
    HANDLE handle = CreateThread(nullptr, 0, thread, nullptr, 0, nullptr);
    WaitForSingleObject(handle, INFINITE);
    GetExitCodeThread(handle, &code);
    NUM(code);
    NUM(of_thread.number);
    NUM(through_filter());
    return 0;
}
