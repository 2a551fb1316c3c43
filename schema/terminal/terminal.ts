import { z } from "zod";
import { signInId } from "../account/sign-in.ts";
import { id } from "../wire/id.ts";

/**
 * A shell of the member's own in their box, under a user that no agent has. It lives in the daemon of its
 * host: a viewer may leave and come back, and sees what was printed meanwhile.
 */
export const terminalLimits = {
  /** Sessions of one stack at once. */
  most: 3,
  /** How long a session waits for a viewer to come back, in milliseconds. */
  kept: 300_000,
  /** Then a connection needs a new ticket: whoever was signed out is not let in again. */
  connection: 3_600_000,
  /** What a viewer who comes back is shown again. */
  replayBytes: 256 * 1_024,
  /** More is not sent before the viewer says that it has drawn what came; meanwhile the program waits. */
  unseenBytes: 512 * 1_024,
  /** One message of a viewer. */
  messageBytes: 64 * 1_024,
  /** Typed or pasted text that waits for a program which does not read; more is dropped. */
  inputBytes: 1_024 * 1_024,
} as const;
/** A browser puts its ticket beside it, in a subprotocol: it can send no header. */
export const terminalProtocol = "growqr.terminal";
export const terminalTicketPrefix = "growqr.ticket.";

const cells = z.number().int().min(2).max(1_000);
export const terminalSize = z.strictObject({ columns: cells, rows: cells });
export type TerminalSize = z.infer<typeof terminalSize>;
/** Text frames of a viewer; binary frames are what was typed. `seen`: so many bytes more were drawn. */
export const terminalOrder = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("resize"), ...terminalSize.shape }),
  z.strictObject({
    type: z.literal("seen"),
    bytes: z
      .number()
      .int()
      .positive()
      .max(64 * 1_024 * 1_024),
  }),
  z.strictObject({ type: z.literal("end") }),
]);
export type TerminalOrder = z.infer<typeof terminalOrder>;
/** Text frames of the host. After `replayed` comes what is new: what came before was shown already. */
export const terminalNews = z.object({ type: z.literal("replayed") });
export type TerminalNews = z.infer<typeof terminalNews>;
/** Why a host closes the connection. */
export const terminalClose = { ended: 4_000, takenOver: 4_001, invalid: 4_002, again: 1_012 } as const;

/** Of a host: the sessions of one stack, the last ended ones too. Times are milliseconds since 1970. */
export const terminalsSeen = z.object({
  terminals: z.array(z.object({ id: id("trm"), startedAt: z.number(), endedAt: z.number().optional() })),
});
export type TerminalsSeen = z.infer<typeof terminalsSeen>;

// ── what a member asks ─────────────────────────────────────────────────────────────────────────────────────

/** Actions `terminals`, `terminalOpen`, `terminalEnd`. The device makes the id: the same again resumes. */
export const terminalIn = z.strictObject({ terminalId: id("trm") });
export const terminalDevice = z.string().trim().min(1).max(60);
export const terminalOpenIn = terminalIn.extend({ device: terminalDevice });
export const terminalsOut = z.object({ terminals: z.array(z.object({ id: id("trm"), startedAt: z.number() })) });
/** PUT /terminals/:terminalId: the ticket opens this one, once for each connection (seconds since 1970). */
export const terminalPut = z.strictObject({ device: terminalDevice });
export const terminalTicketOut = z.object({ ticket: z.string(), expiresAt: z.number() });
/** Of a ticket; what a new terminal needs (a plan, a free place) was looked at when it was made. */
export const terminalPass = z.object({ member: id("mem"), terminal: id("trm"), signIn: signInId.optional() });
export const terminalTicketLife = 60;
