// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/history.hpp"

namespace conhost {
namespace {

bool same(View one, View other) {
    if (one.size != other.size) return false;
    for (SIZE_T i = 0; i < one.size; ++i)
        if (one[i] != other[i]) return false;
    return true;
}

SIZE_T characters_of(const History& list) {
    SIZE_T count = 0;
    for (const Text& line : list.lines())
        count += line.size();
    return count;
}

}  // namespace

void History::remember(View line) {
    if (line.empty() || !most_) return;
    if (!lines_.empty() && same(lines_[lines_.size() - 1], line)) return;
    Text added(line);
    for (SIZE_T i = lines_.size(); unique_ && i-- > 0;)
        if (same(lines_[i], line)) lines_.remove(i);
    if (lines_.size() == most_) lines_.remove(0);
    lines_.push(static_cast<Text&&>(added));
}

void History::limit(SIZE_T most, bool unique) {
    most_ = most;
    unique_ = unique;
    while (lines_.size() > most_)
        lines_.remove(0);
}

Histories::~Histories() {
    while (!lists_.empty())
        drop(lists_.size() - 1);
}

void Histories::drop(SIZE_T index) {
    lists_[index]->~History();
    RtlFreeHeap(RtlProcessHeap(), 0, lists_[index]);
    lists_.remove(index);
}

void Histories::use(SIZE_T index) {
    History* list = lists_[index];
    for (; index > 0; --index)
        lists_[index] = lists_[index - 1];
    lists_[0] = list;
}

History* Histories::add(View program) {
    if (lists_.size() >= most_lists_) return nullptr;
    Text name(program);
    void* memory = RtlAllocateHeap(RtlProcessHeap(), 0, sizeof(History));
    if (!memory) return nullptr;
    auto* list = ::new (memory) History;
    list->program.swap(name);
    list->limit(most_lines_, unique_);
    lists_.push(list);
    use(lists_.size() - 1);
    return list;
}

History* Histories::of(ULONG process, View program) {
    SIZE_T found = lists_.size(), oldest = lists_.size();
    for (SIZE_T i = 0; i < lists_.size(); ++i) {
        const History& list = *lists_[i];
        if (process && list.owner == process) {
            found = i;
            break;
        }
        if (process && list.owner) continue;
        if (!list.owner) oldest = i;
        if (found == lists_.size() && list.program.view().equals(program)) found = i;
    }
    held_ = nullptr;
    if (found < lists_.size())
        use(found);
    else if (!add(program)) {
        if (oldest == lists_.size()) return nullptr;
        use(oldest);
        lists_[0]->clear();
        lists_[0]->program = Text(program);
    }
    held_ = lists_[0];
    if (process) held_->owner = process;
    return held_;
}

void Histories::entered(History& list) {
    SIZE_T count = 0;
    for (const History* each : lists_)
        count += characters_of(*each);
    for (SIZE_T i = lists_.size(); i-- > 0 && count > kMostCharacters;) {
        History& old = *lists_[i];
        SIZE_T keep = old.lines().size();
        // Of the list itself the line that was entered stays.
        while (keep > (&old == &list ? 1u : 0u) && count > kMostCharacters)
            count -= old.lines()[old.lines().size() - keep--].size();
        old.limit(keep, unique_);
        old.limit(most_lines_, unique_);
    }
}

void Histories::release(ULONG process) {
    for (History* list : lists_)
        if (list->owner == process) list->owner = 0;
}

History* Histories::find(View program) {
    for (History* list : lists_)
        if (list->program.view().equals(program)) return list;
    return nullptr;
}

bool Histories::configure(ULONG lines, ULONG lists, bool unique) {
    if (lines > kMostLines || lists > kMostLists) return false;
    most_lines_ = lines, most_lists_ = lists, unique_ = unique;
    for (SIZE_T i = lists_.size(); i-- > 0;) {
        lists_[i]->limit(lines, unique);
        if (lists_.size() > lists && !lists_[i]->owner && lists_[i] != held_) drop(i);
    }
    return true;
}

}  // namespace conhost
