// SPDX-License-Identifier: GPL-3.0-only
//
// Makes the arguments of one call to a declared service, from the table alone: valid states, and wild sizes,
// counts and pointers among them. What it knows beyond types are the names of arguments (hints.cpp).
#pragma once

#include "tests/torture/services/world.hpp"

namespace torture {

struct Words {
    ULONG64 value[service_table::most_arguments];
};

// How much of a call is meant to be right: all of it, all but one argument, nothing in particular.
enum class Mood { Tame, Odd, Wild };

// The values of a call's plain arguments (numbers, flags, lengths) that a service accepted once.
struct Lesson {
    bool known;
    Words words;
};

// `lesson` may be null.
Words generate(World& world, const service_table::Service& service, Mood how, const Lesson* lesson);
Mood any_mood(World& world);

// --- its parts

// A number by value.
ULONG64 scalar(World& world, const service_table::Argument& argument, bool tame);
ULONG64 size(World& world, bool tame);
// What a pointer or buffer argument points to, with the pointer. `length` is the length given with it.
ULONG64 pointed(World& world, const service_table::Service& service, const service_table::Argument& argument,
                ULONG64 length, bool tame);
bool same(const char* left, const char* right);
bool contains(const char* text, const char* part);

}  // namespace torture
