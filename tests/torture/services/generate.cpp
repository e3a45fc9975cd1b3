// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/generate.hpp"

#include "tests/torture/services/controls.hpp"

namespace torture {

using service_table::Argument;
using service_table::Form;
using service_table::Service;

namespace {

constexpr ULONG64 kTamePercent = 60;
constexpr ULONG64 kOddPercent = 32;
constexpr ULONG64 kLessonPercent = 50;
constexpr ULONG64 kAbsentPercent = 35;  // of optional arguments
constexpr ULONG64 kForEverPercent = 6;  // of time-outs: threads that wait for ever do nothing else
constexpr unsigned kNone = service_table::no_length;

bool is_handle(const Argument& argument) {
    return argument.object != Object::None;
}

bool is_plain(const Argument& argument) {
    return argument.form == Form::Value && !is_handle(argument) &&
           argument.type != service_table::Type::kPVOID;
}

ULONG64 handle_of(World& world, const Argument& argument, bool tame) {
    if (argument.optional && world.chance(kAbsentPercent)) return 0;
    return tame ? world.handle(argument.object) : world.wild_handle();
}

ULONG64 value_of(World& world, const Argument& argument, bool tame) {
    return is_handle(argument) ? handle_of(world, argument, tame) : scalar(world, argument, tame);
}

ULONG64 absent_percent(const Argument& argument) {
    return same(argument.name, "Timeout") ? kForEverPercent : kAbsentPercent;
}

ULONG64 pointer_of(World& world, const Service& service, unsigned index, const Words& words, bool tame) {
    const Argument& argument = service.arguments[index];
    if (argument.optional && world.chance(absent_percent(argument))) return 0;
    if (!tame && world.chance(70)) return world.wild_pointer();
    const ULONG64 length = argument.length == kNone ? 0 : words.value[argument.length];
    return pointed(world, service, argument, length, tame);
}

}  // namespace

Mood any_mood(World& world) {
    const ULONG64 roll = world.below(100);
    if (roll < kTamePercent) return Mood::Tame;
    return roll < kTamePercent + kOddPercent ? Mood::Odd : Mood::Wild;
}

Words generate(World& world, const Service& service, Mood how, const Lesson* lesson) {
    const unsigned odd = service.count ? static_cast<unsigned>(world.below(service.count)) : kNone;
    const auto tame = [&](unsigned index) { return how == Mood::Tame || (how == Mood::Odd && index != odd); };
    const bool repeat = lesson && lesson->known && world.chance(kLessonPercent);
    Words words = {};
    for (unsigned i = 0; i < service.count; ++i) {
        const Argument& argument = service.arguments[i];
        if (argument.form != Form::Value) continue;
        words.value[i] = repeat && tame(i) && is_plain(argument) ? lesson->words.value[i]
                                                                 : value_of(world, argument, tame(i));
    }
    // Buffers come last: they are as long as their lengths say.
    for (unsigned i = 0; i < service.count; ++i)
        if (service.arguments[i].form != Form::Value)
            words.value[i] = pointer_of(world, service, i, words, tame(i));
    if (how != Mood::Wild) shape(world, service, words);
    return words;
}

bool same(const char* left, const char* right) {
    for (; *left && *left == *right; ++left)
        ++right;
    return *left == *right;
}

bool contains(const char* text, const char* part) {
    for (; *text; ++text) {
        const char* a = text;
        const char* b = part;
        while (*b && *a == *b)
            ++a, ++b;
        if (!*b) return true;
    }
    return false;
}

}  // namespace torture
