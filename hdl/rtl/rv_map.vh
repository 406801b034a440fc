// SPDX-License-Identifier: Apache-2.0
// Made from targets/fpga/registers.py by tools/dev/spi_map.py; do not edit.
// verilator lint_off UNUSEDPARAM
localparam [15:0] MapIdentity = 16'h5201;
localparam [2:0] SpaceRegisters = 3'h0;
localparam [2:0] SpaceWeights = 3'h1;
localparam [2:0] SpaceSpikes = 3'h2;
localparam [2:0] SpaceValues = 3'h3;
localparam [2:0] SpaceEvents = 3'h4;
localparam [2:0] SpaceThresholds = 3'h5;
localparam [2:0] SpaceTable = 3'h6;
localparam [3:0] RegStatus = 4'h0;
localparam [3:0] RegControl = 4'h1;
localparam [3:0] RegWaiting = 4'h2;
localparam [3:0] RegEventsRoom = 4'h3;
localparam [3:0] RegIdentity = 4'h4;
localparam [3:0] RegSignatureHigh = 4'h5;
localparam [3:0] RegSignatureLow = 4'h6;
localparam [3:0] RegCounts = 4'h7;
localparam [3:0] RegCyclesHigh = 4'h8;
localparam [3:0] RegCyclesLow = 4'h9;
localparam [3:0] RegSopHigh = 4'ha;
localparam [3:0] RegSopLow = 4'hb;
localparam integer StatusHalted = 0;
localparam integer StatusDone = 1;
localparam integer StatusSpikes = 2;
localparam integer StatusValues = 3;
localparam integer StatusLoaded = 4;
localparam integer StatusCommand = 5;
localparam integer StatusFrame = 6;
localparam integer StatusCrc = 7;
localparam integer StatusLocked = 8;
localparam integer StatusRoom = 9;
localparam integer StatusFrames = 12;
localparam integer ControlRun = 0;
localparam integer ControlStep = 1;
localparam integer ControlRestart = 2;
localparam integer ControlClear = 3;
localparam integer ControlLoaded = 4;
localparam integer ControlTrace = 5;
localparam integer ControlPage = 8;
localparam integer WaitingSpikes = 0;
localparam integer WaitingValues = 8;
localparam integer CountsOverflows = 0;
localparam integer CountsSteps = 8;
localparam [7:0] SpacesReadable = 8'h0f;
localparam [7:0] SpacesWritable = 8'h73;
// verilator lint_on UNUSEDPARAM
