// SPDX-License-Identifier: GPL-3.0-only
#include "apps/conhost/kept.hpp"

namespace conhost {
namespace {

// A text is its length and 1, and its characters; a list its program's name, its lines, and 0.
class Writer {
public:
    explicit Writer(WCHAR* to) : to_(to) {}
    SIZE_T room() const { return Kept::kLines - used_; }
    SIZE_T used() const { return used_; }
    void put(View text) {
        to_[used_++] = static_cast<WCHAR>(text.size + 1);
        RtlMoveMemory(to_ + used_, text.data, text.size * sizeof(WCHAR));
        used_ += text.size;
    }
    void end() { to_[used_++] = 0; }

private:
    WCHAR* to_;
    SIZE_T used_ = 0;
};

class Reader {
public:
    Reader(const WCHAR* from, SIZE_T length) : from_(from), left_(length) {}
    // False: it ends here.
    bool get(View& text) {
        if (!left_ || !from_[0] || from_[0] > left_) {
            if (left_ && !from_[0]) ++from_, --left_;
            return false;
        }
        text = View(from_ + 1, from_[0] - 1u);
        left_ -= from_[0];
        from_ += text.size + 1;
        return true;
    }

private:
    const WCHAR* from_;
    SIZE_T left_;
};

constexpr SIZE_T kLongest = 0xFFFE;

void put_list(Writer& to, const History& list) {
    constexpr SIZE_T kEnd = 1;
    if (list.program.size() > kLongest || list.program.size() + 1 + kEnd > to.room()) return;
    to.put(list.program);
    SIZE_T first = list.lines().size(), length = kEnd;
    while (first > 0) {
        const SIZE_T more = list.lines()[first - 1].size() + 1;
        if (more > kLongest || length + more > to.room()) break;
        length += more;
        --first;
    }
    for (; first < list.lines().size(); ++first)
        to.put(list.lines()[first]);
    to.end();
}

}  // namespace

bool Kept::shows() const {
    return is_there() && width > 0 && height > 0 && width <= ScreenBuffer::kLargestSide &&
           height <= ScreenBuffer::kLargestSide &&
           static_cast<SIZE_T>(width) * static_cast<SIZE_T>(height) <= kMostCells && cursor.y >= 0 &&
           cursor.y < height && cursor.x < width;
}

void keep_lines(Kept& kept, const Histories& histories) {
    const ULONG other = kept.whole ? 0 : 1;
    Writer writer(kept.lines[other]);
    for (const History* list : histories.lists())
        put_list(writer, *list);
    kept.lines_length[other] = static_cast<ULONG>(writer.used());
    // Only now: who is ended before leaves the other copy.
    *static_cast<volatile ULONG*>(&kept.whole) = other;
}

void bring_back_lines(const Kept& kept, Histories& histories) {
    const ULONG whole = kept.whole ? 1 : 0;
    const SIZE_T length = kept.lines_length[whole];
    if (length > Kept::kLines) return;
    // The list that was used last comes last, and is in front then.
    app::List<SIZE_T> begins;
    View text;
    const WCHAR* const from = kept.lines[whole];
    for (Reader reader(from, length); reader.get(text);) {
        begins.push(static_cast<SIZE_T>(text.data - from) - 1);
        while (reader.get(text)) {
        }
    }
    for (SIZE_T i = begins.size(); i-- > 0;) {
        Reader reader(from + begins[i], length - begins[i]);
        reader.get(text);
        History* list = histories.add(text);
        while (list && reader.get(text))
            list->remember(text);
    }
}

}  // namespace conhost
