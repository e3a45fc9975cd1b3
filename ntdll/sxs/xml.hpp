// SPDX-License-Identifier: GPL-3.0-only
// Reads XML 1.0 with namespaces, as manifests are written in: one event after the other, nothing kept.
// Strict: what is not well-formed ends in Event::Bad. No document type (entities of its own, external ones)
// is accepted. Bounded by the limits below, whatever the document says; it never recurses.
#pragma once

#include "ntdll/sxs/arena.hpp"

namespace sxs {

struct Attribute {
    Text space;  // the namespace's name; empty without a prefix
    Text prefix;
    Text name;
    Text raw;  // as it is written; Xml::decode
};

class Xml {
public:
    static constexpr ULONG most_attributes = 64;
    static constexpr ULONG most_depth = 64;
    static constexpr ULONG most_bindings = 128;

    enum class Event { Start, End, Characters, Done, Bad };

    // `document` must outlive the reader. A byte order mark is skipped.
    explicit Xml(Text document);

    Event next();

    // Of the last Start or End.
    Text space() const { return space_; }
    Text name() const { return name_; }
    // Of the last Start: an attribute without a namespace, null if there is none.
    const Attribute* attribute(Text name) const;
    // Of the last Characters: as it is written, or literally (CDATA).
    Text characters() const { return characters_; }
    bool literal() const { return literal_; }
    // Elements that are open; that of the last Start is among them, that of the last End is not.
    ULONG depth() const { return depth_; }

    // The text with its references resolved: the same memory when there are none. False when memory runs out.
    static bool decode(Text raw, Arena& arena, Text& text);

private:
    struct Open {
        Text tag;  // with prefix
        ULONG bindings;
    };
    struct Binding {
        Text prefix;
        Text space;
    };

    bool take(Text text);
    bool skip_spaces();
    bool take_name(Text& name);
    bool take_until(Text end, Text& skipped);
    Event markup();
    Event start();
    Event end();
    Event text();
    bool instruction();
    bool comment();
    bool attributes(ULONG& count);
    bool one_attribute(Attribute& attribute);
    bool bind(ULONG count);
    bool resolve(Text qualified, bool attribute, Text& space, Text& name) const;
    Event bad() {
        failed_ = true;
        return Event::Bad;
    }

    Text left_;
    Text space_, name_, characters_;
    Open open_[most_depth];
    Binding bindings_[most_bindings];
    Attribute attributes_[most_attributes];
    ULONG depth_ = 0;
    ULONG binding_count_ = 0;
    ULONG attribute_count_ = 0;
    bool literal_ = false;
    bool empty_ = false;  // the last Start ended itself
    bool seen_root_ = false;
    bool failed_ = false;
    bool fresh_ = true;  // nothing was read yet: a declaration may come
};

}  // namespace sxs
