// SPDX-License-Identifier: GPL-3.0-only
//
// What a command line means: commands separated by & or joined by |, words with quotes taken off,
// %VARIABLES% put in, and the files that > >> 2> 2>> and < name. Pure: the values of variables come through a
// function, so that it runs on the host.
#pragma once

#include "apps/common/text.hpp"

namespace ntcmd {

using app::List;
using app::Text;
using app::View;

struct Command {
    List<Text> words;  // words[0] is the command; empty when the line had nothing to do
    Text tail;         // everything behind the command's name as typed, for echo and set
    Text output_file;  // > or >>, also with a 1 in front
    bool append = false;
    Text error_file;  // 2> or 2>>
    bool append_errors = false;
    bool errors_to_output = false;  // 2>&1: to where the output goes; 2> and this exclude each other
    Text input_file;                // <
    bool piped = false;             // | follows: what it writes is what the next one reads
};

enum class ParseError { None, QuoteNotClosed, NoFileName, NoSuchStream, NoCommand, LineTooLong };

// The longest line after %VARIABLES% are put in, in characters.
constexpr SIZE_T kLongestLine = 8191;

// Looks a variable up and appends its value; returns false when there is none.
using Lookup = bool (*)(View name, Text& value, void* context);

// Replaces %NAME% by its value; a name that is not set, and a lone %, stay as they are.
ParseError expand(View line, Lookup lookup, void* context, Text& expanded);

// Splits an expanded line. On an error nothing of it is to be run.
ParseError parse(View line, List<Command>& commands);

const WCHAR* describe(ParseError error);

}  // namespace ntcmd
