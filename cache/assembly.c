#include "cache/assembly.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/digest_table.h"

static const uint32_t none = UINT32_MAX; /* no number */

/*
 * A node for each distinct digest; its number is the digest's in the table. Pieces that several places hold are one
 * node, so what a release repeats costs nothing: not to fetch, not to keep. Only the joined bytes repeat it.
 *
 *     named (in the list of missing) ──▶ arrived ──▶ let go, when no place needs it any longer; may be named again
 */
struct node {
    struct blob blob;
    uint32_t places;        /* that name it: blobs wanted, children of trees that arrived; 0: let go */
    uint32_t before, after; /* among the missing, in the order of discovery */
    uint32_t child_count;   /* of a tree that arrived */
    bool has_arrived;
    union {
        char *data;         /* of level 0 */
        uint32_t *children; /* numbers */
    };
};

struct assembly {
    struct digest_table numbers;
    struct node *nodes; /* by number */
    uint32_t node_capacity;
    uint32_t first_missing, last_missing;
    uint32_t *wanted; /* numbers of the blobs' topmost pieces; none: taken */
    size_t wanted_count, wanted_capacity;
    uint64_t bytes, bytes_max;
    const char *reason;
};

struct assembly *assembly_create(uint64_t bytes_max)
{
    struct assembly *assembly = calloc(1, sizeof(*assembly));
    if (assembly != NULL) {
        assembly->first_missing = assembly->last_missing = none;
        assembly->bytes_max = bytes_max;
        digest_table_init(&assembly->numbers);
    }
    return assembly;
}

static void drop_value(struct node *node)
{
    if (node->blob.level == 0) {
        free(node->data);
        node->data = NULL;
    } else {
        free(node->children);
        node->children = NULL;
    }
    node->has_arrived = false;
}

void assembly_free(struct assembly *assembly)
{
    if (assembly == NULL) {
        return;
    }
    for (uint32_t i = 0; i < assembly->numbers.count; i++) {
        drop_value(&assembly->nodes[i]);
    }
    free(assembly->nodes);
    free(assembly->wanted);
    digest_table_clear(&assembly->numbers);
    free(assembly);
}

static bool fail(struct assembly *assembly, const char *reason)
{
    assembly->reason = reason;
    return false;
}

static void append_missing(struct assembly *assembly, uint32_t number)
{
    struct node *node = &assembly->nodes[number];
    node->before = assembly->last_missing;
    node->after = none;
    *(node->before == none ? &assembly->first_missing : &assembly->nodes[node->before].after) = number;
    assembly->last_missing = number;
}

static void remove_missing(struct assembly *assembly, const struct node *node)
{
    *(node->before == none ? &assembly->first_missing : &assembly->nodes[node->before].after) = node->after;
    *(node->after == none ? &assembly->last_missing : &assembly->nodes[node->after].before) = node->before;
}

/* Nodes are at least as many as numbers. */
static bool make_room(struct assembly *assembly)
{
    if (assembly->numbers.count < assembly->node_capacity) {
        return true;
    }
    uint32_t capacity = assembly->node_capacity > 0 ? assembly->node_capacity * 2 : 64;
    struct node *nodes = reallocarray(assembly->nodes, capacity, sizeof(*nodes));
    if (nodes == NULL) {
        return false;
    }
    assembly->nodes = nodes;
    assembly->node_capacity = capacity;
    return true;
}

static bool add_node(struct assembly *assembly, const struct blob *blob, uint32_t *ret_number)
{
    if (!make_room(assembly) || !digest_table_intern(&assembly->numbers, &blob->digest, ret_number)) {
        return false;
    }
    assembly->nodes[*ret_number] = (struct node){.blob = *blob};
    return true;
}

/* One place more needs what `blob` names. */
static enum assembly_verdict need(struct assembly *assembly, const struct blob *blob, uint32_t *ret_number)
{
    uint32_t number = digest_table_find(&assembly->numbers, &blob->digest);
    if (number == DIGEST_TABLE_NONE && !add_node(assembly, blob, &number)) {
        fail(assembly, NULL);
        return ASSEMBLY_NO_MEMORY;
    }
    struct node *node = &assembly->nodes[number];
    if (node->places == 0) {
        node->blob = *blob;
        append_missing(assembly, number);
    } else if (node->blob.length != blob->length || node->blob.level != blob->level) {
        fail(assembly, "names a piece with another length or level than it is named with elsewhere");
        return ASSEMBLY_BAD;
    }
    node->places++;
    *ret_number = number;
    return ASSEMBLY_USED;
}

/* One place less; with the last one what it holds goes too. As deep as PIECE_LEVEL_MAX. */
static void let_go(struct assembly *assembly, uint32_t number)
{
    struct node *node = &assembly->nodes[number];
    assert(node->places > 0);
    if (--node->places > 0) {
        return;
    }
    if (!node->has_arrived) {
        remove_missing(assembly, node);
        return;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        let_go(assembly, node->children[i]);
    }
    drop_value(node);
}

static bool add_wanted(struct assembly *assembly, uint32_t number)
{
    if (assembly->wanted_count == assembly->wanted_capacity) {
        size_t capacity = assembly->wanted_capacity > 0 ? assembly->wanted_capacity * 2 : 16;
        uint32_t *wanted = reallocarray(assembly->wanted, capacity, sizeof(*wanted));
        if (wanted == NULL) {
            return fail(assembly, NULL);
        }
        assembly->wanted = wanted;
        assembly->wanted_capacity = capacity;
    }
    assembly->wanted[assembly->wanted_count++] = number;
    return true;
}

bool assembly_want(struct assembly *assembly, const struct blob *blob)
{
    if (!piece_can_be(blob)) {
        return fail(assembly, "has an impossible length or level");
    }
    if (blob->length > assembly->bytes_max - assembly->bytes) {
        return fail(assembly, "holds more bytes than are allowed");
    }
    uint32_t number;
    if (need(assembly, blob, &number) != ASSEMBLY_USED) {
        return false;
    }
    if (!add_wanted(assembly, number)) {
        let_go(assembly, number);
        return false;
    }
    assembly->bytes += blob->length;
    return true;
}

/* The length of a piece's value, at most. */
static uint32_t value_bytes_max(const struct blob *blob)
{
    return blob->level == 0 ? PIECE_HEAD_BYTES + blob->length : PIECE_BYTES_MAX;
}

size_t assembly_missing(struct assembly *assembly, struct assembly_need *ret_needs, size_t max)
{
    size_t count = 0;
    for (uint32_t i = assembly->first_missing; i != none && count < max; i = assembly->nodes[i].after) {
        const struct blob *blob = &assembly->nodes[i].blob;
        ret_needs[count++] = (struct assembly_need){.digest = blob->digest, .value_bytes_max = value_bytes_max(blob)};
    }
    return count;
}

static enum assembly_verdict take_data(struct assembly *assembly, uint32_t number, struct slice data)
{
    char *copy = malloc(data.length > 0 ? data.length : 1);
    if (copy == NULL) {
        fail(assembly, NULL);
        return ASSEMBLY_NO_MEMORY;
    }
    memcpy(copy, data.at, data.length);
    assembly->nodes[number].data = copy;
    return ASSEMBLY_USED;
}

static enum assembly_verdict take_tree(struct assembly *assembly, uint32_t number, const struct piece *piece)
{
    uint32_t *children = calloc(piece->child_count, sizeof(*children));
    if (children == NULL) {
        fail(assembly, NULL);
        return ASSEMBLY_NO_MEMORY;
    }
    for (uint32_t i = 0; i < piece->child_count; i++) {
        struct blob child = piece_child(piece, i);
        enum assembly_verdict verdict = need(assembly, &child, &children[i]);
        if (verdict != ASSEMBLY_USED) {
            while (i > 0) {
                let_go(assembly, children[--i]);
            }
            free(children);
            return verdict;
        }
    }
    assembly->nodes[number].children = children; /* only now: the nodes may have moved */
    assembly->nodes[number].child_count = piece->child_count;
    return ASSEMBLY_USED;
}

/* Is this what the blob's name says? */
static bool verify(struct assembly *assembly, const struct blob *blob, struct slice value, struct piece *ret_piece)
{
    struct digest actual = digest_of(value.at, value.length);
    if (!digest_equals(&actual, &blob->digest)) {
        return fail(assembly, "has another content than its name says");
    }
    return piece_decode(value, blob, ret_piece, &assembly->reason);
}

enum assembly_verdict assembly_offer(struct assembly *assembly, const struct digest *digest, struct slice value)
{
    uint32_t number = digest_table_find(&assembly->numbers, digest);
    if (number == DIGEST_TABLE_NONE || assembly->nodes[number].places == 0 || assembly->nodes[number].has_arrived) {
        return ASSEMBLY_UNWANTED;
    }
    struct piece piece;
    if (!verify(assembly, &assembly->nodes[number].blob, value, &piece)) {
        return ASSEMBLY_BAD;
    }
    enum assembly_verdict verdict =
        piece.level == 0 ? take_data(assembly, number, piece.data) : take_tree(assembly, number, &piece);
    if (verdict == ASSEMBLY_USED) {
        remove_missing(assembly, &assembly->nodes[number]);
        assembly->nodes[number].has_arrived = true;
    }
    return verdict;
}

const char *assembly_reason(const struct assembly *assembly)
{
    return assembly->reason;
}

/* Writes what the piece holds; where it ends. As deep as PIECE_LEVEL_MAX. */
static char *join(const struct assembly *assembly, uint32_t number, char *at)
{
    const struct node *node = &assembly->nodes[number];
    assert(node->has_arrived);
    if (node->blob.level == 0) {
        memcpy(at, node->data, node->blob.length);
        return at + node->blob.length;
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        at = join(assembly, node->children[i], at);
    }
    return at;
}

char *assembly_take(struct assembly *assembly, size_t index)
{
    assert(index < assembly->wanted_count);
    uint32_t number = assembly->wanted[index];
    assert(number != none);
    size_t length = assembly->nodes[number].blob.length;
    char *bytes = malloc(length + 1);
    if (bytes == NULL) {
        return NULL;
    }
    char *end = join(assembly, number, bytes);
    assert(end == bytes + length);
    *end = '\0';
    assembly->wanted[index] = none;
    let_go(assembly, number);
    return bytes;
}
