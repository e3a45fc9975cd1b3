// SPDX-License-Identifier: GPL-3.0-only
// Activation contexts. A context is made of a manifest and the assemblies it depends on, and does not change
// afterwards. Its handle is its address; one that is no context's is refused, for all that live are on a
// list. A context lives as long as somebody references it: who made it, who got its handle, each frame it is
// active in, a module that has it.
#pragma once

#include "ntdll/sxs/section.hpp"

namespace sxs {

struct Context {
    LIST_ENTRY links;
    LONG references;
    Arena arena;
    List<Assembly> assemblies;  // the first is what the context was made of
    Text folder;                // where private assemblies are looked for
    Section sections[section_count];
};

// A context as a description of CreateActCtx says. STATUS_INVALID_PARAMETER, the statuses of opening a file
// or finding a resource, STATUS_SXS_CANT_GEN_ACTCTX, STATUS_NO_MEMORY.
NTSTATUS create(const ACTCTXW& description, Context*& context);

// The process's own, from resource 1 of its program or PROGRAM.manifest beside it; there need be none. Called
// once. STATUS_SXS_CANT_GEN_ACTCTX: the manifest is no good, or an assembly is missing that is not NT's own.
NTSTATUS create_process_default();
// A context of resource 2 of a DLL; null if it has none. The same statuses.
NTSTATUS create_for_module(PVOID base, const UNICODE_STRING& path, Context*& context);

// A reference to the context that a handle names, or null.
Context* reference(HANDLE handle);
void release(Context* context);

Context* process_default();
// What counts in this thread: the context on top of its stack, else the process's own. Not referenced:
// whoever is active stays.
Context* active();

// Where a DLL of this bare name is to be loaded from, by the thread's context and the process's own. Empty if
// nothing is said about it; the text lives as long as the context.
Text redirected(Text dll, Arena& arena);

// Takes this frame and those above it off the thread's stack.
void pop_frames(RTL_ACTIVATION_CONTEXT_STACK_FRAME* frame);

// Has a context active for a scope, if it is one.
class Activated {
public:
    explicit Activated(Context* context);
    ~Activated();
    Activated(const Activated&) = delete;
    Activated& operator=(const Activated&) = delete;

private:
    RTL_ACTIVATION_CONTEXT_STACK_FRAME frame_;
    bool pushed_;
};

}  // namespace sxs
