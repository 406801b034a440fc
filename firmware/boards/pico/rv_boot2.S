/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RP2040's second stage: 252 bytes that the boot ROM copies to RAM and starts (RP2040 Datasheet, Flash
 * Second Stage). It lets the flash be read in place by the command that every flash chip knows, 03h with 24
 * bits of address (SSI), and starts the image behind it. rv_boot2.c holds what this assembles to,
 * and its CRC; tests/emulated/test_board_images.py assembles it again.
 */
    .syntax unified
    .cpu cortex-m0plus
    .thumb
    .section .text

    ldr  r3, =0x18000000      /* SSI */
    movs r0, #0
    str  r0, [r3, #0x08]      /* SSIENR: off while it is set up */
    movs r0, #4
    str  r0, [r3, #0x14]      /* BAUDR: a fourth of 125 MHz, below the 50 that 03h may have */
    ldr  r0, =0x001F0300      /* CTRLR0: one line, frames of 32 bits, sends a command and reads */
    str  r0, [r3, #0x00]
    movs r0, #0
    str  r0, [r3, #0x04]      /* CTRLR1: one frame a read */
    ldr  r0, =0x03000218      /* 03h, 8 bits of it, then 6 times 4 of address, all on one line */
    movs r1, #0xF4
    str  r0, [r3, r1]         /* SPI_CTRLR0 */
    movs r0, #1
    str  r0, [r3, #0x08]      /* SSIENR: on */
    ldr  r0, =0x10000100      /* the image's vectors */
    ldr  r1, =0xE000ED08
    str  r0, [r1]             /* VTOR */
    ldr  r1, [r0]
    msr  msp, r1
    ldr  r1, [r0, #4]
    bx   r1
    .ltorg
