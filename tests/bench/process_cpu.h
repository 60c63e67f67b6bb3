#pragma once
/*
 * The CPU time that a process has used, user and system, to the nanosecond.
 *
 * Source: the first number of /proc/PID/task/TID/schedstat (the scheduler's sum_exec_runtime), summed over the threads.
 * It is brought up to date when a thread leaves the CPU, so read it while the process waits: a running thread's last
 * scheduler tick would be missing. Threads that have ended are not counted; the servers measured here keep theirs.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

bool process_cpu_ns(pid_t pid, uint64_t *ret_ns);
