// SPDX-License-Identifier: GPL-3.0-only
//
// What a Tab makes of a line: the word before it becomes what all candidates share, or they are shown. Where
// the characters appear is the shell's business, so that this runs on the host.
#pragma once

#include "apps/common/text.hpp"

namespace ntcmd {

using app::List;
using app::Text;
using app::View;

class Completer {
public:
    // Everything that the word which ends at the cursor may become, whole words. `first` is true for the
    // command's name.
    virtual void complete(View word, bool first, List<Text>& candidates) = 0;

protected:
    ~Completer() = default;
};

struct Completed {
    SIZE_T start;        // of the word in the line
    Text word;           // what it is now; with a blank behind when it is complete
    List<Text> choices;  // to be shown, when the word stays what it was and there are several
};

// Of the word in `line` that ends at `cursor`.
Completed complete(View line, SIZE_T cursor, Completer& completer);

}  // namespace ntcmd
