// SPDX-License-Identifier: GPL-3.0-only
#include "tests/fuzz/services/state.hpp"

#include <algorithm>

#include "executive/cm/cm.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/mm/frames.hpp"

namespace fuzz {

namespace {

constexpr std::u16string_view kKey = u"\\Registry\\Machine\\Software\\torture";
constexpr std::u16string_view kDirectory = u"\\BaseNamedObjects\\torture";

io::ramfs::Node& system_root() {
    auto found = MUST(ob::find(nullptr, u"\\Device\\BootVolume", false));
    auto& volume = static_cast<io::ramfs::Volume&>(*found.object);
    io::ramfs::Link* windows = volume.root().find(u"Windows");
    ASSERT(windows);
    return windows->node();
}

void remove_tree(cm::Key& key) {
    while (base::Ref<cm::Key> child = cm::subkey(key, 0))
        remove_tree(*child);
    (void)key.remove();
}

void remove_tree(io::ramfs::Node& node) {
    while (io::ramfs::Link* entry = node.next_entry(u"")) {
        base::Ref<io::ramfs::Link> keep(entry);
        remove_tree(entry->node());
        node.remove(*entry);
    }
}

}  // namespace

State::State() : free_pages_(mm::memory_counts().free_pages) {
    for (const ob::Type* type : ob::types())
        types_[type->view()] = {type->object_count, type->handle_count};
}

std::string State::objects_since(const State& before) const {
    std::string text;
    auto add = [&](std::string what, uint64_t was, uint64_t is) {
        if (was != is)
            text += what + ": " + std::to_string(was) + " before, " + std::to_string(is) + " now; ";
    };
    for (auto [name, counts] : types_) {
        auto found = before.types_.find(name);
        Counts was = found == before.types_.end() ? Counts{} : found->second;
        std::string type(name.begin(), name.end());
        add("objects of type " + type, was.objects, counts.objects);
        add("handles to " + type, was.handles, counts.handles);
    }
    return text;
}

Names::Names() {
    walk(ob::root(), known_);
}

void Names::walk(ob::Directory& directory, std::set<ob::Object*>& into) {
    for (ob::Object* object = directory.first(); object; object = directory.next(*object)) {
        if (!into.insert(object).second) continue;
        if (auto* below = ob::as<ob::Directory>(*object)) walk(*below, into);
    }
}

void Names::remove_new() const {
    std::set<ob::Object*> now;
    walk(ob::root(), now);
    // Each is looked for again: it may have gone with the directory that it was in.
    for (ob::Object* object : now) {
        std::set<ob::Object*> left;
        walk(ob::root(), left);
        if (!known_.contains(object) && left.contains(object)) object->make_temporary();
    }
}

void remove_keys() {
    if (auto key = cm::open_key(kKey)) remove_tree(**key);
}

void remove_files() {
    if (io::ramfs::Link* folder = system_root().find(u"torture")) {
        base::Ref<io::ramfs::Link> keep(folder);
        remove_tree(folder->node());
        system_root().remove(*folder);
    }
}

// A name that is there already was left by nobody: the check of the state comes before.
void prepare_places() {
    (void)ob::insert_path(kDirectory, *MUST(ob::Directory::create()), true);
    MUST(cm::create_key(kKey));
    using io::ramfs::Node;
    auto volume = MUST(ob::find(nullptr, u"\\Device\\BootVolume", false));
    auto& allowance = static_cast<io::ramfs::Volume&>(*volume.object).allowance();
    auto make_folder = [&] {
        return MUST(Node::create(FILE_ATTRIBUTE_DIRECTORY, allowance, &io::ramfs::FileRoom::create));
    };
    base::Ref<Node> folder = make_folder();
    MUST(folder->add(u"d", *make_folder()));
    MUST(system_root().add(u"torture", *folder));
}

}  // namespace fuzz
