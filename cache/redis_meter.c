#include "cache/redis_meter.h"

static void add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void redis_meter_count(_Atomic uint64_t *counter)
{
    add(counter, 1);
}

void redis_meter_note(struct redis_meter *meter, const struct redis_link *link)
{
    uint64_t in = redis_link_bytes_in(link), out = redis_link_bytes_out(link);
    add(&meter->bytes_in, in - meter->noted_in);
    add(&meter->bytes_out, out - meter->noted_out);
    meter->noted_in = in;
    meter->noted_out = out;
}

void redis_meter_end(struct redis_meter *meter, const struct redis_link *link)
{
    redis_meter_note(meter, link);
    meter->noted_in = meter->noted_out = 0;
}

void redis_meter_read(const struct redis_meter *meter, struct redis_traffic *ret_traffic)
{
    *ret_traffic = (struct redis_traffic){
        .bytes_in = read_counter(&meter->bytes_in),
        .bytes_out = read_counter(&meter->bytes_out),
        .exchanges = read_counter(&meter->exchanges),
        .connects = read_counter(&meter->connects),
        .failures = read_counter(&meter->failures),
    };
}
