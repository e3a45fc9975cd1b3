// SPDX-License-Identifier: GPL-3.0-only
//
// The lines that were entered at a console, as NT keeps them (SetConsoleHistoryInfo): each client that reads
// lines has a list of its own. A list stays when its client has gone, under the name of its program's file:
// the next client of that program goes on with it. There are so many lists, and so many lines in each.
#pragma once

#include "apps/common/text.hpp"

namespace conhost {

using app::Text;
using app::View;

class History {
public:
    static constexpr SIZE_T kMost = 50;  // lines, unless somebody says otherwise

    // The same line twice in a row is kept once; when lines are `unique` an earlier one goes.
    void remember(View line);
    // The oldest go where there are more.
    void limit(SIZE_T most, bool unique);
    void clear() { lines_.clear(); }
    const app::List<Text>& lines() const { return lines_; }

    Text program;     // its file's name
    ULONG owner = 0;  // the process that goes on with it; 0: none

private:
    app::List<Text> lines_;
    SIZE_T most_ = kMost;
    bool unique_ = false;
};

class Histories {
public:
    // What programs may ask for, as on NT.
    static constexpr ULONG kMostLines = 999, kMostLists = 999;
    // Characters in all lists together, so that nobody fills the host's memory: the oldest lines of the list
    // that has not been used for longest go first.
    static constexpr SIZE_T kMostCharacters = 1 << 18;

    Histories() = default;
    Histories(const Histories&) = delete;
    Histories& operator=(const Histories&) = delete;
    ~Histories();

    // The list of a process, or for one that is no client of the console (0) that of its program's name.
    // Null: all are other processes'. It stays until another one is asked for.
    History* of(ULONG process, View program);
    // After a line was entered there.
    void entered(History& list);
    // It goes on with none any more.
    void release(ULONG process);
    // The latest list of a program; null: none.
    History* find(View program);
    // One more, for what was kept; null: there are enough.
    History* add(View program);
    // False: out of range, and nothing has changed. Lists that are too many go when nobody goes on with them.
    bool configure(ULONG lines, ULONG lists, bool unique);

    ULONG most_lines() const { return most_lines_; }
    ULONG most_lists() const { return most_lists_; }
    bool unique() const { return unique_; }
    // The one that was used last comes first.
    const app::List<History*>& lists() const { return lists_; }

private:
    void use(SIZE_T index);
    void drop(SIZE_T index);

    app::List<History*> lists_;
    History* held_ = nullptr;  // what of() has given last
    ULONG most_lines_ = History::kMost, most_lists_ = 4;
    bool unique_ = false;
};

}  // namespace conhost
