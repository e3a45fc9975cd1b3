// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/writer.hpp"

#include <string.h>

#include <algorithm>

#include "executive/cm/hive_root.hpp"
#include "executive/cm/regf/checksum.hpp"
#include "executive/cm/registry.hpp"
#include "executive/ke/slice.hpp"

namespace cm::regf {

namespace {

// Data of at most so many bytes lies in the value itself.
constexpr size_t kInPlace = 4;
constexpr size_t kLongestNarrow = 512;  // of names, in units

void set_time(uint32_t (&to)[2], uint64_t time) {
    to[0] = static_cast<uint32_t>(time);
    to[1] = static_cast<uint32_t>(time >> 32);
}

constexpr size_t round_up(size_t value, size_t to) {
    return (value + to - 1) / to * to;
}

// What stands beside an offset in a fast leaf: the first letters.
uint32_t hint_of(std::u16string_view name) {
    uint32_t hint = 0;
    for (size_t i = 0; i < std::min<size_t>(name.size(), 4); ++i)
        hint |= (name[i] < 0x100 ? uint32_t{name[i]} : 0) << (8 * i);
    return hint;
}

}  // namespace

Writer::Writer(Ref<Key> root, OwnStore store, const WriteOptions& options)
    : root_(std::move(root)), store_(std::move(store)), options_(options) {}

void Writer::begin() {
    static constinit uint64_t attempts_ever = 0;
    number_ = ++attempts_ever;
    levels_.clear();
    first_security_ = last_security_ = kNone;
    bin_ = next_ = end_ = 0;
    data_.reset();
    version_ = changes();
    tree_version_ = root_->hive() ? root_->hive()->changes() : 0;
    begun_ = true;
    ++attempts_;
}

Result<bool> Writer::step() {
    ke::Slice slice;
    if (!begun_ || version_ != changes()) {
        begin();
        TRY(store_->set_size(kBaseBlock));
        if (root_->is_deleted()) return fail(STATUS_KEY_DELETED);
        TRY(open_level(*root_, kNone));
    }
    while (!TRY(go_on()))
        if (slice.over()) return false;
    return true;
}

// Of `bytes` beside its length. What was there of an attempt before is overwritten.
Result<uint32_t> Writer::allocate(size_t bytes) {
    size_t length = round_up(bytes + sizeof(int32_t), 8);
    if (length > end_ - next_) {
        // The rest of the bin is a free cell.
        if (next_ < end_) TRY(store_->put(kBaseBlock + next_, static_cast<int32_t>(end_ - next_)));
        size_t size = round_up(length + sizeof(Bin), kPage);
        if (kBaseBlock + end_ + size > Store::kLargest) return fail(STATUS_REGISTRY_QUOTA_LIMIT);
        TRY(store_->set_size(kBaseBlock + end_ + size));
        Bin bin{};
        bin.signature = kBinSignature;
        bin.offset = end_;
        bin.size = static_cast<uint32_t>(size);
        if (end_ == 0) set_time(bin.timestamp, root_->last_write());
        TRY(store_->put(kBaseBlock + end_, bin));
        bin_ = end_;
        next_ = bin_ + sizeof(Bin);
        end_ = bin_ + bin.size;
    }
    uint32_t cell = next_;
    next_ += static_cast<uint32_t>(length);
    TRY(store_->put(kBaseBlock + cell, -static_cast<int32_t>(length)));
    return cell;
}

bool Writer::is_narrow(std::u16string_view name) const {
    // To look through the longest would take more than a slice.
    return options_.narrow && name.size() <= kLongestNarrow &&
           std::ranges::all_of(name, [](char16_t unit) { return unit < 0x100; });
}

// Returns its length in the file.
Result<uint32_t> Writer::write_name(std::u16string_view name, size_t at, bool narrow) {
    if (!narrow) {
        auto* bytes = reinterpret_cast<const uint8_t*>(name.data());
        TRY(store_->write(at, {bytes, name.size() * sizeof(char16_t)}));
        return static_cast<uint32_t>(name.size() * sizeof(char16_t));
    }
    uint8_t part[256];
    for (size_t done = 0; done < name.size();) {
        size_t length = std::min(sizeof part, name.size() - done);
        for (size_t i = 0; i < length; ++i)
            part[i] = static_cast<uint8_t>(name[done + i]);
        TRY(store_->write(at + done, {part, length}));
        done += length;
    }
    return static_cast<uint32_t>(name.size());
}

// Keys that share a descriptor share its cell. When another hive is written in between it lies there twice,
// which a hive may.
Result<uint32_t> Writer::security_cell(KeySecurity& security) {
    if (security.written.by == number_) {
        size_t at = place(security.written.cell) + offsetof(Security, references);
        TRY(store_->put(at, store_->get<uint32_t>(at) + 1));
        return security.written.cell;
    }
    std::span<const uint8_t> bytes = security.bytes();
    uint32_t cell = TRY(allocate(sizeof(Security) + bytes.size()));
    Security head{kSecurity, 0, cell, cell, 1, static_cast<uint32_t>(bytes.size())};
    if (first_security_ == kNone) {
        first_security_ = cell;
    } else {
        // At the end of the ring.
        head.next = first_security_;
        head.previous = last_security_;
        TRY(store_->put(place(last_security_) + offsetof(Security, next), cell));
        TRY(store_->put(place(first_security_) + offsetof(Security, previous), cell));
    }
    last_security_ = cell;
    TRY(store_->put(place(cell), head));
    TRY(store_->write(place(cell) + sizeof head, bytes));
    security.written = {number_, cell};
    return cell;
}

// The key's node, with all but its values and subkeys.
Result<void> Writer::open_level(Key& key, uint32_t parent) {
    bool narrow = is_narrow(key.name());
    KeyNode node{};
    node.signature = kKeyNode;
    node.flags = static_cast<uint16_t>((narrow ? kNarrowKeyName : 0) | (key.is_link() ? kLink : 0) |
                                       (parent == kNone ? kHiveEntry | kNoDelete : 0));
    set_time(node.last_write, key.last_write());
    node.parent = parent;
    node.subkey_list = node.volatile_list = node.value_list = node.key_class = kNone;
    node.values = static_cast<uint32_t>(key.value_count());
    node.largest_name = key.largest().name;
    node.largest_class = key.largest().key_class;
    node.largest_value_name = key.largest().value_name;
    node.largest_value_data = key.largest().value_data;
    uint32_t cell = TRY(allocate(sizeof node + key.name().size() * (narrow ? 1 : 2)));
    node.name_length = static_cast<uint16_t>(TRY(write_name(key.name(), place(cell) + sizeof node, narrow)));
    node.security = TRY(security_cell(*key.security()));
    if (!key.key_class().empty()) {
        node.key_class = TRY(allocate(key.key_class().size() * sizeof(char16_t)));
        node.class_length =
            static_cast<uint16_t>(TRY(write_name(key.key_class(), place(node.key_class), false)));
    }
    if (node.values) node.value_list = TRY(allocate(node.values * sizeof(uint32_t)));
    TRY(store_->put(place(cell), node));
    Level level;
    level.key = Ref<Key>(key);
    level.node = cell;
    level.value_list = node.value_list;
    return levels_.push_back(std::move(level));
}

Result<void> Writer::begin_data(const Value& value, uint32_t cell) {
    size_t size = value.data->size();
    data_ = value.data;
    data_done_ = 0;
    segments_ = kNone;
    if (options_.latest && size > kSegment) {
        size_t count = (size + kSegment - 1) / kSegment;
        uint32_t head = TRY(allocate(sizeof(BigData)));
        segments_ = TRY(allocate(count * sizeof(uint32_t)));
        BigData big{kBigData, static_cast<uint16_t>(count), segments_};
        TRY(store_->put(place(head), big));
        data_cell_ = head;
    } else {
        data_cell_ = TRY(allocate(size));
    }
    return store_->put(place(cell) + offsetof(ValueNode, data), data_cell_);
}

// A piece of it; true when all is there.
Result<bool> Writer::write_data() {
    size_t at = data_done_;
    if (segments_ != kNone && at % kSegment == 0) {
        data_cell_ = TRY(allocate(std::min<size_t>(data_->size() - at, kSegment)));
        TRY(store_->put(place(segments_) + at / kSegment * sizeof(uint32_t), data_cell_));
    }
    std::span<const uint8_t> piece = data_->from(at);
    if (segments_ != kNone) {
        piece = piece.first(std::min(piece.size(), kSegment - at % kSegment));
        at %= kSegment;
    }
    TRY(store_->write(place(data_cell_) + at, piece));
    data_done_ += piece.size();
    if (data_done_ < data_->size()) return false;
    data_.reset();
    return true;
}

Result<void> Writer::write_value(Level& level, const Value& value) {
    bool narrow = is_narrow(value.name);
    size_t size = value.data->size();
    ValueNode node{};
    node.signature = kValueNode;
    node.data_length = static_cast<uint32_t>(size);
    node.type = value.type;
    node.flags = narrow ? kNarrowValueName : 0;
    if (size <= kInPlace) {
        node.data_length |= kDataInPlace;
        if (size) memcpy(&node.data, value.data->from(0).data(), size);
    }
    uint32_t cell = TRY(allocate(sizeof node + value.name.length() * (narrow ? 1 : 2)));
    node.name_length = static_cast<uint16_t>(TRY(write_name(value.name, place(cell) + sizeof node, narrow)));
    TRY(store_->put(place(cell), node));
    TRY(store_->put(place(level.value_list) + level.next_value++ * sizeof(uint32_t), cell));
    if (size > kInPlace) return begin_data(value, cell);
    return {};
}

// Empty, of the subkeys that have been counted.
Result<void> Writer::make_list(Level& level) {
    uint16_t kind = options_.latest ? kHashLeaf : kFastLeaf;
    auto leaf = [&](uint32_t count) -> Result<uint32_t> {
        uint32_t cell = TRY(allocate(sizeof(ListHead) + count * 2 * sizeof(uint32_t)));
        TRY(store_->put(place(cell), ListHead{kind, static_cast<uint16_t>(count)}));
        return cell;
    };
    if (level.count <= kMostInLeaf) {
        level.list = TRY(leaf(level.count));
    } else {
        uint32_t leaves = (level.count + kMostInLeaf - 1) / kMostInLeaf;
        if (leaves > 0xffff) return fail(STATUS_REGISTRY_QUOTA_LIMIT);
        level.list = TRY(allocate(sizeof(ListHead) + leaves * sizeof(uint32_t)));
        TRY(store_->put(place(level.list), ListHead{kIndexRoot, static_cast<uint16_t>(leaves)}));
    }
    TRY(store_->put(place(level.node) + offsetof(KeyNode, subkeys), level.count));
    return store_->put(place(level.node) + offsetof(KeyNode, subkey_list), level.list);
}

// A leaf of many is made when its first subkey comes.
Result<void> Writer::add_to_list(Level& level, uint32_t node, std::u16string_view name) {
    uint32_t list = level.list, index = level.done++;
    if (level.count > kMostInLeaf) {
        size_t entry = place(level.list) + sizeof(ListHead) + index / kMostInLeaf * sizeof(uint32_t);
        if (index % kMostInLeaf == 0) {
            uint32_t count = std::min(kMostInLeaf, level.count - index);
            list = TRY(allocate(sizeof(ListHead) + count * 2 * sizeof(uint32_t)));
            uint16_t kind = options_.latest ? kHashLeaf : kFastLeaf;
            TRY(store_->put(place(list), ListHead{kind, static_cast<uint16_t>(count)}));
            TRY(store_->put(entry, list));
        }
        list = store_->get<uint32_t>(entry);
        index %= kMostInLeaf;
    }
    uint32_t words[2] = {node, options_.latest ? name_hash(name) : hint_of(name)};
    return store_->put(place(list) + sizeof(ListHead) + index * sizeof words, words);
}

Result<bool> Writer::go_on() {
    if (data_) {
        TRY(write_data());
        return false;
    }
    if (levels_.empty()) return finish();
    Level& level = levels_.back();
    Key& key = *level.key;
    if (level.next_value < key.value_count()) {
        TRY(write_value(level, key.value(level.next_value)));
        return false;
    }
    if (level.counted < key.subkey_count()) {
        if (!key.subkey(level.counted++).is_volatile()) ++level.count;
        if (level.counted == key.subkey_count() && level.count) TRY(make_list(level));
        return false;
    }
    while (level.next < key.subkey_count()) {
        Key& subkey = key.subkey(level.next++);
        if (subkey.is_volatile()) return false;
        uint32_t parent = level.node;
        TRY(open_level(subkey, parent));  // `level` has moved
        Level& above = levels_[levels_.size() - 2];
        TRY(add_to_list(above, levels_.back().node, subkey.name()));
        return false;
    }
    levels_.pop_back();
    return false;
}

Result<bool> Writer::finish() {
    if (next_ < end_) TRY(store_->put(kBaseBlock + next_, static_cast<int32_t>(end_ - next_)));
    BaseBlock block{};
    block.signature = kSignature;
    block.primary_sequence = block.secondary_sequence = options_.sequence;
    set_time(block.timestamp, root_->last_write());
    block.major = 1;
    block.minor = options_.latest ? kMinorLatest : kMinorStandard;
    block.type = kTypePrimary;
    block.format = kFormatMemory;
    block.root = sizeof(Bin);
    block.bins_size = end_;
    block.clustering = 1;
    block.checksum = checksum(block);
    TRY(store_->put(0, block));
    return true;
}

}  // namespace cm::regf
