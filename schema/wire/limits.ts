/**
 * Bounds that more than one part must agree on. Sizes are bytes
 * of UTF-8 unless said, times are milliseconds unless said.
 */
export const limits = {
  messageText: 32_000, // characters of one message
  bodyBytes: 256 * 1024, // a JSON body at the edge
  sessionTokenBytes: 8_000, // a bearer token
  modelBodyBytes: 8 * 1024 * 1024, // a model call
  headerBytes: 16 * 1024, // all headers of a request to a member's program; the parts behind the edge take twice that
  liveBytes: 64 * 1024, // one frame on a live connection
  eventPage: 500, // events in one page
  patchBytes: 24 * 1024, // one file's patch inside a commit event
  commitPatchBytes: 96 * 1024, // all patches inside one commit event
  fileBytes: 512 * 1024, // one file shown in the app
  toolTextChars: 4_000, // what an event keeps of a tool's output
  memoryTextBytes: 240 * 1024, // a file of the memory as the member writes it
  memoryBodyBytes: 500 * 1024, // the JSON around it, in which the end of a line and a quotation mark take two bytes
  rememberFiles: 20,
  rememberBytes: 64 * 1024,
  sessionToken: 60, // seconds
  serviceTicket: 60, // seconds
  relayTicket: 60, // seconds
  agentToken: 60, // seconds
  machineCall: 60, // seconds
  liveTicket: 300, // seconds
  stackTicket: 300, // seconds
  skew: 60, // seconds by which the clocks of two machines may differ
  joinToken: 900, // seconds
  certificateDays: 7,
  lease: 30_000,
  heartbeat: 5_000,
  hostSilent: 45_000,
  hostPatience: 15_000, // how long a turn is kept whose host answers nothing, unless the runner is told otherwise
  queuedTurns: 100, // of one agent, beside the one that runs
  actorBytes: 2_000_000_000, // what one actor keeps, unless the runner is told otherwise
  toolAnswer: 20_000,
  firstByte: 30_000,
  stopTurn: 2_000,
  cleanRoom: 61 * 60_000, // one run of checks; the host ends its own a little before
  idempotencyHours: 24,
} as const;
