// SPDX-License-Identifier: GPL-3.0-only
//
// For whose sake the Executive works at the moment, which decides how deep it may reach into what is left of
// memory: the last of it is kept for those who keep the system usable (mm/commitment.hpp).
#pragma once

#include <stdint.h>

#include <utility>

namespace ke {

class Thread;

enum class Claim : uint8_t {
    Program,  // of a program's call or fault
    Allowed,  // the same of one that trusted ones have started, while it has little
    Trusted,  // the same of a driver host, the session manager and what that starts: the shell
    Own,      // nobody's: the Executive's own work
};
Claim present_claim();

// The thread whose call goes on in an entry of the ready queue or a slice of the pacer's; null: the one whose
// message is served, if any.
inline constinit Thread* acting_thread = nullptr;

// While one lives, the work is this thread's.
class ActingFor {
public:
    explicit ActingFor(Thread* thread) : before_(std::exchange(acting_thread, thread)) {}
    ~ActingFor() { acting_thread = before_; }
    ActingFor(const ActingFor&) = delete;
    ActingFor& operator=(const ActingFor&) = delete;

private:
    Thread* before_;
};

// While one lives, the work is nobody's: what is promised already is taken.
inline constinit bool acting_for_nobody = false;
class ActingForNobody {
public:
    explicit ActingForNobody(bool really) : before_(acting_for_nobody) { acting_for_nobody |= really; }
    ~ActingForNobody() { acting_for_nobody = before_; }
    ActingForNobody(const ActingForNobody&) = delete;
    ActingForNobody& operator=(const ActingForNobody&) = delete;

private:
    bool before_;
};

// While one lives, the work is no thread's any more, but what a program has left to be done.
inline constinit bool acting_for_program = false;
class ActingForProgram {
public:
    ActingForProgram() : before_(std::exchange(acting_for_program, true)) {}
    ~ActingForProgram() { acting_for_program = before_; }
    ActingForProgram(const ActingForProgram&) = delete;
    ActingForProgram& operator=(const ActingForProgram&) = delete;

private:
    bool before_;
};

}  // namespace ke
