// SPDX-License-Identifier: GPL-3.0-only
//
// What a key handle names: one opening of a registry key. \Registry in the namespace is one as well, where
// object lookups end and the registry's own walk begins.
#pragma once

#include "executive/cm/hive_root.hpp"
#include "executive/cm/watch.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ob/ob.hpp"

namespace cm {

// A watch that was set through a handle; it fires with STATUS_NOTIFY_CLEANUP when the last handle to that
// opening is closed.
class HandleWatch : public Watch, public ListLink<struct HandleWatchTag> {
public:
    void withdraw() {
        ListLink<WatchTag>::unlink();
        ListLink<HandleWatchTag>::unlink();
    }

protected:
    ~HandleWatch() = default;
};

class KeyObject final : public ob::Object, public Opening, private ke::PacedWork {
public:
    static const ob::Type kType;
    // `opener`: the number of the process that opens it; 0: the Executive.
    static Result<Ref<KeyObject>> create(Ref<Key> key, uint32_t opener = 0);

    Key& key() const { return *key_; }
    // REQUIRES: the watch outlives its firing; it takes itself off by withdraw().
    void add_watch(HandleWatch& watch);
    Result<String> full_name() const override { return key_->path(); }
    // The key's: all its handles have the same.
    const Ref<ob::Descriptor>& descriptor() const override { return key_->security()->descriptor(); }
    Result<void> set_descriptor(Ref<ob::Descriptor> descriptor) override {
        return key_->set_security(std::move(descriptor));
    }
    // Its watches fire, in slices when they are many.
    void last_handle_closed() override;

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    KeyObject(Ref<Key> key, uint32_t opener);
    ~KeyObject() override;

    bool slice() override;

    Ref<Key> key_;
    Ref<HiveRoot> hive_;   // that it lies in
    bool ending_ = false;  // its watches are fired by the pacer, which holds a reference
    List<HandleWatch, HandleWatchTag> watches_;
};

// What a handle with this access names. As ob::resolve(), and STATUS_KEY_DELETED.
inline Result<Ref<KeyObject>> live_key(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    auto object = TRY(ob::resolve<KeyObject>(call, handle, access));
    if (object->key().is_deleted()) return fail(STATUS_KEY_DELETED);
    return object;
}

}  // namespace cm
