// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/reader.hpp"

#include <string.h>

#include <algorithm>

#include "base/descriptor.hpp"
#include "executive/cm/remains.hpp"
#include "executive/se/assign.hpp"

namespace cm::regf {

namespace {

constexpr size_t kNamePart = 128;  // units

Failure<NTSTATUS> corrupt() {
    return fail(STATUS_REGISTRY_CORRUPT);
}

uint64_t time_of(const uint32_t (&words)[2]) {
    return words[0] | static_cast<uint64_t>(words[1]) << 32;
}

}  // namespace

Reader::~Reader() {
    levels_.clear();
    if (root_) end_tree(std::move(root_));
}

Result<bool> Reader::step() {
    ke::Slice slice;
    Unseen unseen;
    if (!begun_) {
        block_ = TRY(Cells::base_block(file_));
        begun_ = true;
    }
    if (!looked_) {
        if (!TRY(cells_.look(slice, block_))) return false;
        looked_ = true;
        TRY(open_level(block_.root, true));
    }
    while (!TRY(go_on()))
        if (slice.over()) return false;
    return true;
}

Result<String> Reader::name_at(size_t at, size_t length, bool narrow) const {
    if (!narrow && length % sizeof(char16_t) != 0) return corrupt();
    String name = TRY(String::create_room(narrow ? length : length / sizeof(char16_t)));
    std::span<char16_t> units = name.units();
    if (!narrow) {
        file_.read(at, {reinterpret_cast<uint8_t*>(units.data()), length});
        return name;
    }
    uint8_t part[256];
    for (size_t done = 0; done < length;) {
        size_t count = std::min(sizeof part, length - done);
        file_.read(at + done, {part, count});
        for (size_t i = 0; i < count; ++i)
            units[done + i] = part[i];
        done += count;
    }
    return name;
}

// Of a cell that other keys have too one of them tells, which is in the tree as long as that is ours.
Result<Ref<ob::Descriptor>> Reader::descriptor_at(uint32_t offset) {
    if (offset == kNone) return Ref<ob::Descriptor>();
    if (void* known = cells_.note(offset)) return static_cast<KeySecurity*>(known)->descriptor();
    Cell cell = TRY(cells_.take(offset, sizeof(Security)));
    auto head = file_.get<Security>(cell.at);
    if (head.signature != kSecurity || head.length > cell.length - sizeof head ||
        head.length > kMaximumDescriptor)
        return corrupt();
    Vector<uint8_t> bytes;
    TRY(bytes.resize(head.length));
    file_.read(cell.at + sizeof head, bytes.span());
    auto checked = check_descriptor(bytes.span());
    if (!checked) return checked.error() == STATUS_INSUFFICIENT_RESOURCES ? checked.failure() : corrupt();
    // As of one that a program sets.
    if (!se::is_short(bytes.span())) return corrupt();
    return ob::Descriptor::of(std::move(bytes));
}

Result<Reader::List> Reader::open_list(uint32_t offset) {
    List list;
    list.cell = TRY(cells_.take(offset, sizeof(ListHead)));
    auto head = file_.get<ListHead>(list.cell.at);
    switch (head.signature) {
        case kIndexLeaf:
            list.entry = 4;
            break;
        case kFastLeaf:
        case kHashLeaf:
            list.entry = 8;
            break;
        case kIndexRoot:
            list.entry = 4;
            list.of_lists = true;
            break;
        default:
            return corrupt();
    }
    list.count = head.count;
    if (list.count * list.entry > list.cell.length - sizeof head) return corrupt();
    return list;
}

Result<void> Reader::open_level(uint32_t offset, bool root) {
    Cell cell = TRY(cells_.take(offset, sizeof(KeyNode)));
    auto node = file_.get<KeyNode>(cell.at);
    if (node.signature != kKeyNode || node.name_length > cell.length - sizeof node) return corrupt();
    String name = TRY(name_at(cell.at + sizeof node, node.name_length, node.flags & kNarrowKeyName));
    String key_class;
    if (node.class_length && node.key_class != kNone) {
        Cell text = TRY(cells_.take(node.key_class, node.class_length));
        key_class = TRY(name_at(text.at, node.class_length, false));
    }
    Ref<ob::Descriptor> security = TRY(descriptor_at(node.security));
    Level level;
    if (root) {
        level.key = root_ = TRY(Key::create_apart(level_));
        if (security) TRY(root_->set_security(std::move(security)));
        TRY(root_->set_class(key_class));
    } else {
        Key& parent = *levels_.back().key;
        if (name.empty() || name.length() > Key::kMaximumName || key_class.length() > Key::kMaximumName)
            return corrupt();
        if (find_unit(name, u'\\') != std::u16string_view::npos || parent.find(name)) return corrupt();
        if (parent.level() == Key::kMaximumLevel) return corrupt();
        level.key = TRY(parent.add(name, key_class, volatile_, std::move(security)));
    }
    if (node.security != kNone) TRY(cells_.set_note(node.security, level.key->security().get()));
    if (node.flags & kLink) level.key->make_link();
    level.last_write = time_of(node.last_write);
    if (node.subkeys) {
        List list = TRY(open_list(node.subkey_list));
        (list.of_lists ? level.lists : level.subkeys) = list;
    }
    if (node.values) {
        size_t bytes = size_t{node.values} * sizeof(uint32_t);
        level.values = TRY(cells_.take(node.value_list, bytes));
        level.value_count = node.values;
    }
    return levels_.push_back(std::move(level));
}

// True: it was opened, or another list was. False: there is none.
Result<bool> Reader::next_subkey(Level& level) {
    auto entry = [this](List& list) {
        return file_.get<uint32_t>(list.cell.at + sizeof(ListHead) + size_t{list.next++} * list.entry);
    };
    if (level.subkeys.next < level.subkeys.count) {
        TRY(open_level(entry(level.subkeys), false));
        return true;
    }
    if (level.lists.next == level.lists.count) return false;
    level.subkeys = TRY(open_list(entry(level.lists)));
    if (level.subkeys.of_lists) return corrupt();
    return true;
}

Result<void> Reader::open_value(uint32_t offset) {
    Cell cell = TRY(cells_.take(offset, sizeof(ValueNode)));
    auto node = file_.get<ValueNode>(cell.at);
    if (node.signature != kValueNode || node.name_length > cell.length - sizeof node) return corrupt();
    bool narrow = node.flags & kNarrowValueName;
    size_t length = narrow ? node.name_length : node.name_length / sizeof(char16_t);
    if (length > Key::kMaximumValueName || (!narrow && node.name_length % 2 != 0)) return corrupt();
    reading_ = {};
    reading_.node = cell.at;
    reading_.name = TRY(String::create_room(length));
    reading_.begun = true;
    return {};
}

// A part of it, for it may be long.
void Reader::read_name() {
    auto node = file_.get<ValueNode>(reading_.node);
    size_t at = reading_.node + sizeof node;
    std::span<char16_t> units = reading_.name.units().subspan(reading_.named);
    units = units.first(std::min(units.size(), kNamePart));
    if (node.flags & kNarrowValueName) {
        uint8_t part[kNamePart];
        file_.read(at + reading_.named, {part, units.size()});
        for (size_t i = 0; i < units.size(); ++i)
            units[i] = part[i];
    } else {
        file_.read(at + reading_.named * sizeof(char16_t),
                   {reinterpret_cast<uint8_t*>(units.data()), units.size_bytes()});
    }
    reading_.named += units.size();
}

Result<void> Reader::open_data() {
    auto node = file_.get<ValueNode>(reading_.node);
    uint32_t length = node.data_length & ~kDataInPlace;
    if (!(node.data_length & kDataInPlace) && length) return open_data(node.data, length);
    if (length > sizeof node.data) return corrupt();
    uint8_t bytes[sizeof node.data];
    memcpy(bytes, &node.data, sizeof bytes);
    reading_.data = TRY(ValueData::create(std::span<const uint8_t>(bytes, length)));
    return {};
}

Result<void> Reader::open_data(uint32_t offset, uint32_t length) {
    reading_.cell = TRY(cells_.take(offset, 0));
    if (length > file_.size()) return corrupt();
    reading_.data = TRY(ValueData::create(size_t{length}));
    if (reading_.cell.length >= length) return {};
    // What one cell has no room for lies in segments.
    if (block_.minor < 4 || reading_.cell.length < sizeof(BigData)) return corrupt();
    auto big = file_.get<BigData>(reading_.cell.at);
    if (big.signature != kBigData || big.count != (length + kSegment - 1) / kSegment) return corrupt();
    reading_.segments = TRY(cells_.take(big.list, big.count * sizeof(uint32_t)));
    reading_.count = big.count;
    reading_.at = kSegment;
    return {};
}

// A piece of the data.
Result<void> Reader::read_some() {
    ValueData& data = *reading_.data;
    if (reading_.count && reading_.at >= kSegment) {
        size_t left = data.size() - data.filled();
        auto offset = file_.get<uint32_t>(reading_.segments.at + size_t{reading_.next++} * sizeof(uint32_t));
        reading_.cell = TRY(cells_.take(offset, std::min<size_t>(left, kSegment)));
        reading_.at = 0;
    }
    // The pieces of the data and the segments end at different places.
    size_t most = reading_.count ? kSegment - reading_.at : data.size();
    std::span<uint8_t> room = TRY(data.extend());
    while (!room.empty()) {
        size_t length = std::min(room.size(), most);
        file_.read(reading_.cell.at + reading_.at, room.first(length));
        reading_.at += length;
        room = room.subspan(length);
        if (room.empty()) break;
        auto offset = file_.get<uint32_t>(reading_.segments.at + size_t{reading_.next++} * sizeof(uint32_t));
        size_t left = data.size() - data.filled() + room.size();
        reading_.cell = TRY(cells_.take(offset, std::min<size_t>(left, kSegment)));
        reading_.at = 0;
        most = kSegment;
    }
    return {};
}

// Looks for one of its name first, by a part of that.
Result<void> Reader::set_value(Key& key) {
    std::u16string_view name = reading_.name;
    ValueSearch search(key, name.size(), reading_.search);
    if (!search.over()) {
        search.take(name.substr(search.wanted(), kNamePart));
        reading_.search = search.state();
    }
    if (!search.over()) return {};
    if (search.found()) return corrupt();
    ULONG type = file_.get<ValueNode>(reading_.node).type;
    reading_.begun = false;
    return key.set_value(nullptr, name, search.state().hash, type, std::move(reading_.data));
}

Result<void> Reader::go_on_with_value(Key& key) {
    if (reading_.named < reading_.name.length()) return read_name(), Result<void>();
    if (!reading_.data) return open_data();
    if (reading_.data->filled() < reading_.data->size()) return read_some();
    return set_value(key);
}

Result<bool> Reader::go_on() {
    if (levels_.empty()) return true;
    Level& level = levels_.back();
    if (reading_.begun) {
        TRY(go_on_with_value(*level.key));
        return false;
    }
    if (level.next_value < level.value_count) {
        size_t at = level.values.at + size_t{level.next_value++} * sizeof(uint32_t);
        TRY(open_value(file_.get<uint32_t>(at)));
        return false;
    }
    if (TRY(next_subkey(level))) return false;
    level.key->set_last_write(level.last_write);
    levels_.pop_back();
    return false;
}

}  // namespace cm::regf
