// SPDX-License-Identifier: GPL-3.0-only
#include "abi/console/condrv.h"
#include "tests/torture/services/control_input.hpp"

namespace torture {

namespace {

void event(Input& input) {
    const CONDRV_EVENT value = {static_cast<LONG>(input.world.below(4)), word(input.world)};
    input.add(value);
}

void rectangle(Input& input) {
    World& world = input.world;
    CONDRV_RECTANGLE value = {};
    value.X = static_cast<ULONG>(world.below(100));
    value.Y = static_cast<ULONG>(world.below(60));
    value.Mode = static_cast<ULONG>(world.below(4));
    value.Width = world.chance(40) ? 0 : static_cast<ULONG>(world.below(100));
    if (world.chance(15)) value.X = word(world);
    if (world.chance(15)) value.Width = word(world);
    input.add(value);
}

void rectangle_and_cells(Input& input) {
    rectangle(input);
    input.add_noise(400);
}

void input_records(Input& input) {
    constexpr ULONG kRecord = 20;  // bytes of an INPUT_RECORD
    for (ULONG64 left = input.world.below(20); left > 0; --left) {
        USHORT words[kRecord / sizeof(USHORT)] = {};
        words[0] = static_cast<USHORT>(1u << input.world.below(6));
        for (ULONG i = 2; i < kRecord / sizeof(USHORT); ++i)
            words[i] =
                static_cast<USHORT>(input.world.chance(60) ? input.world.below(128) : input.world.random());
        input.add(words);
    }
}

void set_input(Input& input) {
    constexpr ULONG kPages[] = {65001, 437, 1252, 0, 1, 932, 0xffff};
    CONDRV_SET_INPUT value = {};
    value.Mask = static_cast<ULONG>(input.world.below(5));
    value.Info.InputCodePage = input.world.any_of(kPages);
    value.Info.OutputCodePage = input.world.any_of(kPages);
    input.add(value);
}

void set_output(Input& input) {
    World& world = input.world;
    CONDRV_SET_OUTPUT value = {};
    auto* numbers = reinterpret_cast<SHORT*>(&value.Info);
    for (ULONG i = 0; i < sizeof value.Info / sizeof *numbers; ++i)
        numbers[i] = static_cast<SHORT>(world.chance(85) ? world.below(120) : world.random());
    value.Mask = world.chance(50) ? 1u << world.below(9) : static_cast<ULONG>(world.below(0x200));
    input.add(value);
    if (world.chance(30)) input.add_noise(40);
}

void fill(Input& input) {
    World& world = input.world;
    CONDRV_FILL value = {};
    value.X = static_cast<LONG>(world.below(100));
    value.Y = static_cast<LONG>(world.below(60));
    value.Mode = static_cast<LONG>(world.below(4));
    value.Count = static_cast<LONG>(world.chance(70) ? world.below(5000) : word(world));
    value.Wrap = static_cast<LONG>(world.below(2));
    value.Character = static_cast<WCHAR>(world.random());
    value.Attributes = static_cast<USHORT>(world.random());
    if (world.chance(15)) value.Y = static_cast<LONG>(word(world));
    input.add(value);
}

void scroll(Input& input) {
    SHORT numbers[sizeof(CONDRV_SCROLL_AREA) / sizeof(SHORT)];
    for (SHORT& number : numbers)
        number = static_cast<SHORT>(input.world.chance(85) ? input.world.below(120) : input.world.random());
    input.add(numbers);
}

// Sequences that a terminal understands, whole and broken.
void terminal_text(Input& input) {
    constexpr const char* kParts[] = {"\033[2J",          "\033[10;20H", "\033[?1049h", "\033[?1049l",
                                      "\033[31;1m",       "\033]0;t",    "\033[r",      "\033[999999999C",
                                      "\033[5;10r",       "\r\n",        "\t\b",        "\033[",
                                      "\033[38;2;1;2;3m", "\033[100L",   "\033[3X",     "\033c"};
    for (ULONG64 left = input.world.below(30); left > 0; --left) {
        input.add_text(input.world.any_of(kParts));
        input.add_noise(20);
    }
}

void history_info(Input& input) {
    CONDRV_HISTORY_INFO value = {};
    value.Lines = static_cast<ULONG>(input.world.chance(80) ? input.world.below(1001) : word(input.world));
    value.Lists = static_cast<ULONG>(input.world.chance(80) ? input.world.below(1001) : word(input.world));
    value.Flags = static_cast<ULONG>(input.world.below(3));
    input.add(value);
}

void program_name(Input& input) {
    constexpr const char* kNames[] = {"services.exe", "SERVICES.exe", "cmd.exe", "conhost.exe", ""};
    input.add_text(input.world.any_of(kNames));
    if (input.world.chance(20)) input.add_noise(300);
}

void answer(Input& input) {
    CONDRV_ANSWER value = {};
    value.Id = input.world.below(64);
    value.Information = input.world.chance(80) ? input.world.below(64) : input.world.random();
    value.Status = input.world.chance(80) ? 0 : static_cast<NTSTATUS>(input.world.random());
    input.add(value);
    input.add_noise(40);
}

void part(Input& input) {
    const CONDRV_PART value = {input.world.below(64),
                               input.world.chance(80) ? input.world.below(64) : input.world.random()};
    input.add(value);
    input.add_noise(40);
}

constexpr Known kConsoleControls[] = {
    {CONDRV_GET_MODE, nothing},
    {CONDRV_SET_MODE, one_word},
    {CONDRV_READ_CONSOLE, nothing},
    {CONDRV_READ_FILE, nothing},
    {CONDRV_READ_INPUT, nothing},
    {CONDRV_WRITE_INPUT, input_records},
    {CONDRV_WRITE_INPUT, input_records},
    {CONDRV_PEEK, nothing},
    {CONDRV_GET_INPUT_INFO, nothing},
    {CONDRV_SET_INPUT_INFO, set_input},
    {CONDRV_GET_TITLE, nothing},
    {CONDRV_SET_TITLE, characters},
    {CONDRV_CTRL_EVENT, event},
    {CONDRV_BEEP, nothing},
    {CONDRV_FLUSH, nothing},
    {CONDRV_GET_WINDOW, nothing},
    {CONDRV_GET_PROCESS_LIST, nothing},
    {CONDRV_READ_CONSOLE_CONTROL, one_word},
    {CONDRV_GET_HISTORY_INFO, nothing},
    {CONDRV_SET_HISTORY_INFO, history_info},
    {CONDRV_GET_HISTORY, program_name},
    {CONDRV_EXPUNGE_HISTORY, program_name},
    {CONDRV_WRITE_CONSOLE, terminal_text},
    {CONDRV_WRITE_CONSOLE, terminal_text},
    {CONDRV_WRITE_FILE, characters},
    {CONDRV_READ_OUTPUT, rectangle},
    {CONDRV_WRITE_OUTPUT, rectangle_and_cells},
    {CONDRV_GET_OUTPUT_INFO, nothing},
    {CONDRV_SET_OUTPUT_INFO, set_output},
    {CONDRV_ACTIVATE, nothing},
    {CONDRV_FILL_OUTPUT, fill},
    {CONDRV_SCROLL, scroll},
    {CONDRV_BIND_PID, no_process},
    {CONDRV_AWAIT_EVENT, nothing},
    {CONDRV_SERVER_NEXT, nothing},
    {CONDRV_SERVER_NEXT, answer},
    {CONDRV_SERVER_READ, part},
    {CONDRV_SERVER_WRITE, part},
    {CONDRV_SERVER_SIGNAL, one_word},
    {CONDRV_SERVER_PUBLISH, nothing},
    {CONDRV_SERVER_ANSWER, answer},
};

}  // namespace

ULONG console_controls() {
    return count_of(kConsoleControls);
}
Control console_control(World& world, ULONG index) {
    return made(world, kConsoleControls[index]);
}

}  // namespace torture
