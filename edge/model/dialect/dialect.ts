import type { z } from "zod";
import type { ModelDialect } from "../../../schema/provider/provider-key.ts";
import type { ProviderDoor } from "../../provider/provider-test.ts";

/** What one event of a streamed answer says, or a whole answer. */
export type AnswerPiece = {
  /** Tokens that the provider says were used until now, so far as it says them here. */
  input?: number | undefined;
  output?: number | undefined;
  /** Characters of text, thoughts and calls. */
  said: number;
  /** The answer is whole with this. */
  ended?: boolean;
  /** The provider's own words for what went wrong. */
  failed?: string;
};
export type DialectCall = { door: ProviderDoor; model: string; body: object; stream: boolean };

/** A provider's own way to be called. Its answers pass as they come; only what they cost is read. */
export type Dialect = {
  name: Exclude<ModelDialect, "chat">;
  /**
   * What an agent may say of a call; all else is left out, and a tool that the provider itself would run is
   * refused.
   */
  request: z.ZodType<Record<string, unknown>>;
  mostOutput: (body: Record<string, unknown>) => unknown;
  address: (call: DialectCall) => string;
  /** The body as it is sent. */
  fill: (call: DialectCall) => object;
  /** Reads an event, or a whole answer; undefined for what is none of this dialect's. */
  read: (said: unknown) => AnswerPiece | undefined;
  error: (status: number, text: string) => object;
  /** An error in the middle of a stream. */
  errorEvent: (text: string) => string;
};
export const dataEvent = (body: object, event?: string): string =>
  `\n${event === undefined ? "" : `event: ${event}\n`}data: ${JSON.stringify(body)}\n\n`;
