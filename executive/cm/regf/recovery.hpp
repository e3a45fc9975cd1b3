// SPDX-License-Identifier: GPL-3.0-only
//
// Repairs a hive that was being written when something ended, by its logs, in slices: the entries of both
// logs from the hive's last whole state on, in their order, up to the first that is missing or damaged; or
// what a log of the form before Windows 8.1 has, if it was made for this state.
#pragma once

#include "executive/cm/regf/format.hpp"
#include "executive/cm/regf/marvin.hpp"
#include "executive/cm/regf/store.hpp"

namespace cm::regf {

class Recovery {
public:
    // Does the file need one? It has no valid base block, or one that says so.
    static bool is_needed(const Store& file);
    // Logs may be null. REQUIRES: all outlive it.
    Recovery(Store& file, const Store* first, const Store* second);
    // A slice; true when the file is whole, with a number that none of the logs has. STATUS_REGISTRY_CORRUPT:
    // the logs have nothing for it.
    Result<bool> step();

private:
    // A place in a log: an entry that is to be applied yet.
    struct Place {
        const Store* log = nullptr;
        size_t at = kSector;
        bool over = true;
        LogEntry entry{};
    };
    Result<void> begin();
    // Reads the head of the entry there, or finds none.
    void look(Place& place);
    void skip(Place& place);
    Result<void> choose();
    void hash_some();
    Result<void> apply_some();
    bool is_old_log(const Store& log, bool valid) const;
    Result<void> begin_old(const Store& log, bool valid);
    Result<void> apply_old();
    Result<void> finish();

    Store& file_;
    Place places_[2];
    Place* chosen_ = nullptr;
    Marvin hash_;
    size_t hashed_ = 0;
    uint32_t page_ = 0;  // of the entry's
    size_t page_done_ = 0;
    size_t from_ = 0;      // where the page's bytes lie in the log
    uint32_t wanted_ = 0;  // sequence number
    bool applied_ = false;
    const Store* old_ = nullptr;
    BaseBlock block_{};
    enum class Phase : uint8_t { Begin, Choose, Hash, Apply, Old, Over } phase_ = Phase::Begin;
};

}  // namespace cm::regf
