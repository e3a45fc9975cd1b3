// SPDX-License-Identifier: GPL-3.0-only
// threads: posix
// The C++ library's threads: mutexes of all kinds, conditions, futures, once, thread-local objects,
// exceptions that go from one thread to another.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

void counted() {
    std::mutex mutex;
    long plain = 0;
    std::atomic<long> atomic = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j) {
                const std::lock_guard held(mutex);
                ++plain;
                atomic += 2;
            }
        });
    for (auto& thread : threads)
        thread.join();
    std::printf("counted %ld, %ld\n", plain, atomic.load());
}

void queue() {
    std::mutex mutex;
    std::condition_variable full, empty;
    std::vector<int> waiting;
    bool over = false;
    long sum = 0;
    std::thread reader([&] {
        std::unique_lock lock(mutex);
        for (;;) {
            full.wait(lock, [&] { return over || !waiting.empty(); });
            if (waiting.empty()) return;
            sum += std::accumulate(waiting.begin(), waiting.end(), 0L);
            waiting.clear();
            empty.notify_one();
        }
    });
    for (int i = 1; i <= 2000; ++i) {
        std::unique_lock lock(mutex);
        empty.wait(lock, [&] { return waiting.size() < 10; });
        waiting.push_back(i);
        full.notify_one();
    }
    {
        const std::lock_guard held(mutex);
        over = true;
    }
    full.notify_all();
    reader.join();
    std::printf("sum %ld\n", sum);
}

void timed() {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    const auto before = std::chrono::steady_clock::now();
    std::printf("wait_for: %d\n", never.wait_for(lock, 30ms) == std::cv_status::timeout);
    std::printf("long enough: %d\n", std::chrono::steady_clock::now() - before >= 29ms);
    std::printf("wait_until: %d\n",
                never.wait_until(lock, std::chrono::system_clock::now() + 10ms, [] { return false; }));
    std::timed_mutex held;
    held.lock();
    bool got = true;
    std::thread([&] { got = held.try_lock_for(20ms); }).join();
    std::printf("try_lock_for: %d\n", got);
    held.unlock();
    std::recursive_mutex again;
    again.lock();
    std::printf("recursive: %d\n", again.try_lock());
    again.unlock();
    std::thread([&] { got = again.try_lock(); }).join();
    std::printf("of another: %d\n", got);
    again.unlock();
}

void shared() {
    std::shared_mutex mutex;
    std::atomic<int> inside = 0, most = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&] {
            const std::shared_lock held(mutex);
            most = std::max(most.load(), ++inside);
            while (most < 4)
                std::this_thread::yield();
            --inside;
        });
    for (auto& reader : readers)
        reader.join();
    const std::unique_lock held(mutex);
    bool got = true;
    std::thread([&] { got = mutex.try_lock_shared(); }).join();
    std::printf("readers at once %d, beside a writer %d\n", most.load(), got);
}

void futures() {
    auto deferred = std::async(std::launch::deferred, [] { return std::this_thread::get_id(); });
    std::printf("deferred: %d\n", deferred.wait_for(0ms) == std::future_status::deferred);
    std::printf("in this thread: %d\n", deferred.get() == std::this_thread::get_id());
    auto other = std::async(std::launch::async, [] { return std::this_thread::get_id(); });
    std::printf("in another: %d\n", other.get() != std::this_thread::get_id());
    auto fails = std::async(std::launch::async, []() -> int { throw std::runtime_error("from a thread"); });
    try {
        fails.get();
    } catch (const std::runtime_error& error) {
        std::printf("caught %s\n", error.what());
    }
    std::promise<std::string> promise;
    auto future = promise.get_future();
    std::printf("not yet: %d\n", future.wait_for(5ms) == std::future_status::timeout);
    std::thread sender([&] { promise.set_value_at_thread_exit("kept until the end"); });
    std::printf("%s\n", future.get().c_str());
    sender.join();
    try {
        auto orphan = std::promise<int>().get_future();
        orphan.get();
    } catch (const std::future_error& error) {
        std::printf("broken: %d\n", error.code() == std::future_errc::broken_promise);
    }
    std::packaged_task<int(int)> task([](int value) { return value * value; });
    auto squared = task.get_future();
    std::thread(std::move(task), 12).join();
    std::printf("squared %d\n", squared.get());
}

struct Noted {
    int id = 0;
    ~Noted() {
        if (id) std::printf("thread object %d ends\n", id);
    }
};
thread_local Noted noted;

void once_and_local() {
    std::once_flag flag;
    int tries = 0;
    for (int i = 0; i < 4; ++i)
        std::thread([&] {
            // It may not throw: this library's call_once would wait for ever after.
            std::call_once(flag, [&] { ++tries; });
        }).join();
    std::printf("tries %d\n", tries);
    for (int i = 1; i <= 3; ++i)
        std::thread([=] { noted.id = i; }).join();
    std::exception_ptr kept;
    std::thread([&] {
        try {
            throw std::out_of_range("far");
        } catch (...) {
            kept = std::current_exception();
        }
    }).join();
    try {
        std::rethrow_exception(kept);
    } catch (const std::out_of_range& error) {
        std::printf("again: %s\n", error.what());
    }
}

}  // namespace

int main() {
    counted();
    queue();
    timed();
    shared();
    futures();
    once_and_local();
    std::thread empty;
    std::printf("joinable %d\n", empty.joinable());
    try {
        empty.join();
    } catch (const std::system_error& error) {
        std::printf("join: %d\n", error.code() == std::errc::invalid_argument);
    }
    std::printf("processors %d\n", std::thread::hardware_concurrency() > 0);
    return 0;
}
