/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A QEMU plugin that counts the instructions executed in each function of an image.
 *
 *   -plugin ./count_functions.so,map=FILE,out=FILE
 *
 * A line of the map is "start size name", hexadecimal numbers; a line of the output "count name".
 * Debian ships no qemu-plugin.h: what is used of QEMU's plugin API, version 1, is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MOST_FUNCTIONS 4096U

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t k);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
                                                       enum qemu_plugin_op op, void *to,
                                                       uint64_t by);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                                  void (*call)(qemu_plugin_id_t,
                                                               struct qemu_plugin_tb *));
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                           void (*call)(qemu_plugin_id_t, void *), void *data);

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

typedef struct {
    uint64_t start;
    uint64_t size;
    uint64_t count;
    char name[128];
} function_t;

static function_t functions[MOST_FUNCTIONS];
static size_t n_functions;
static char out_path[4096];

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t k = 0; k < qemu_plugin_tb_n_insns(tb); ++k) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, k);
        const uint64_t at = qemu_plugin_insn_vaddr(insn);

        for (size_t f = 0; f < n_functions; ++f) {
            if (at - functions[f].start < functions[f].size) {
                qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                                           &functions[f].count, 1);
                break;
            }
        }
    }
}

static void ended(qemu_plugin_id_t id, void *data)
{
    FILE *out = fopen(out_path, "w");

    (void)id;
    (void)data;
    for (size_t f = 0; (out != NULL) && (f < n_functions); ++f) {
        fprintf(out, "%" PRIu64 " %s\n", functions[f].count, functions[f].name);
    }
    if (out != NULL) {
        fclose(out);
    }
}

static bool read_map(const char *path)
{
    FILE *map = fopen(path, "r");
    function_t *next = functions;

    while ((map != NULL) && (n_functions < MOST_FUNCTIONS) &&
           (fscanf(map, "%" SCNx64 " %" SCNx64 " %127s", &next->start, &next->size, next->name) ==
            3)) {
        ++n_functions;
        ++next;
    }
    if (map != NULL) {
        fclose(map);
    }
    return n_functions > 0;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    bool ready = false;

    (void)info;
    for (int k = 0; k < argc; ++k) {
        if (strncmp(argv[k], "map=", 4) == 0) {
            ready = read_map(argv[k] + 4);
        } else if (strncmp(argv[k], "out=", 4) == 0) {
            snprintf(out_path, sizeof out_path, "%s", argv[k] + 4);
        }
    }
    if (!ready || (out_path[0] == '\0')) {
        fprintf(stderr, "count_functions: give map=FILE,out=FILE\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
