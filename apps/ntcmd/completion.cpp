// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/completion.hpp"

namespace ntcmd {
namespace {

bool separates(WCHAR c) {
    return c == u' ' || c == u'&' || c == u'>' || c == u'<' || c == u'|';
}

// How many leading characters all candidates share.
SIZE_T common_prefix(const List<Text>& candidates) {
    SIZE_T length = candidates[0].size();
    for (const Text& candidate : candidates) {
        SIZE_T i = 0;
        while (i < length && i < candidate.size() && app::upper(candidate[i]) == app::upper(candidates[0][i]))
            ++i;
        length = i;
    }
    return length;
}

}  // namespace

Completed complete(View line, SIZE_T cursor, Completer& completer) {
    Completed made;
    made.start = cursor;
    while (made.start && !separates(line[made.start - 1]))
        --made.start;
    const View word = line.first(cursor).from(made.start), before = line.first(made.start).trimmed();
    made.word = Text(word);
    List<Text> candidates;
    completer.complete(word, before.empty() || before.back() == u'&' || before.back() == u'|', candidates);
    if (candidates.empty()) return made;
    made.word = Text(candidates[0].view().first(common_prefix(candidates)));
    const bool grew = made.word.size() > word.size;
    if (candidates.size() == 1 && made.word.view().back() != u'\\') made.word.append(u' ');
    if (candidates.size() > 1 && !grew)
        for (const Text& candidate : candidates)
            made.choices.push(Text(candidate));
    return made;
}

}  // namespace ntcmd
