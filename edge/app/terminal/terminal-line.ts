import {
  type TerminalOrder,
  type TerminalSize,
  terminalClose,
  terminalIn,
  terminalLimits,
  terminalProtocol,
  terminalTicketOut,
  terminalTicketPrefix,
} from "../../../schema/terminal/terminal.ts";
import { AppError } from "../../../schema/wire/error.ts";
import type { Id } from "../../../schema/wire/id.ts";
import { thisDevice } from "../account/device.ts";
import { type EdgeApi, restCall } from "../live/api.ts";

export type LineState = { is: "connecting" | "open" | "lost" | "ended" | "elsewhere" } | { is: "failed"; error: unknown };
/** What is drawn. `write` calls back when the bytes are on the screen. */
export type LineScreen = {
  size: () => TerminalSize;
  reset: () => void;
  write: (bytes: Uint8Array, drawn: () => void) => void;
  state: (state: LineState) => void;
};

const longestRetry = 10_000;
const mostHeld = 4_096;
/** So much is drawn before the host hears of it. */
const tellEvery = 64 * 1_024;

/** The connection to one terminal: it comes back by itself when the line is lost. */
export class TerminalLine {
  readonly #api: EdgeApi;
  readonly #named: { params: { path: { terminalId: Id<"trm"> } } };
  readonly #screen: LineScreen;
  #socket: WebSocket | undefined;
  #wait = 500;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #drawn = 0;
  /** What is shown again is no question to the terminal: its answers to it are not sent. */
  #replaying = true;
  /** What was typed before the first connection stood; undefined from then on. */
  #held: string | undefined = "";

  constructor(api: EdgeApi, id: Id<"trm">, screen: LineScreen) {
    this.#api = api;
    this.#named = { params: { path: { terminalId: id } } };
    this.#screen = screen;
  }

  async connect(): Promise<void> {
    clearTimeout(this.#timer);
    this.#screen.state({ is: "connecting" });
    try {
      const { ticket } = await this.#api.send(
        restCall("PUT", "/terminals/{terminalId}", { ...this.#named, body: { device: thisDevice() } }),
        terminalTicketOut,
      );
      if (!this.#closed) this.#open(ticket);
    } catch (error) {
      if (this.#closed) return;
      const code = error instanceof AppError ? error.code : undefined;
      if (code === "conflict") this.#screen.state({ is: "ended" });
      else if (code === "unavailable" || code === "timeout" || code === "rate_limited") this.#retry();
      else this.#screen.state({ is: "failed", error });
    }
  }
  #open(ticket: string): void {
    const { columns, rows } = this.#screen.size();
    const address = new URL(`/terminals/${this.#named.params.path.terminalId}/connect?columns=${columns}&rows=${rows}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, [terminalProtocol, terminalTicketPrefix + ticket]);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#drawn = 0;
    this.#replaying = true;
    socket.onopen = () => {
      this.#wait = 500;
      this.#screen.reset();
      this.#screen.state({ is: "open" });
      this.resize(this.#screen.size());
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === "string") this.#screen.write(new Uint8Array(), () => this.#socket === socket && this.#replayed());
      else this.#screen.write(new Uint8Array(data), () => this.#socket === socket && this.#tellDrawn(data.byteLength));
    };
    socket.onclose = ({ code }) => this.#socket === socket && this.#lost(code);
  }
  #replayed(): void {
    this.#replaying = false;
    const held = this.#held ?? "";
    this.#held = undefined;
    this.type(held);
  }
  #tellDrawn(bytes: number): void {
    this.#drawn += bytes;
    if (this.#drawn < tellEvery) return;
    this.#order({ type: "seen", bytes: this.#drawn });
    this.#drawn = 0;
  }
  #lost(code: number): void {
    this.#socket = undefined;
    if (code === terminalClose.ended) {
      this.#screen.state({ is: "ended" });
      this.#forget();
    } else if (code === terminalClose.takenOver) this.#screen.state({ is: "elsewhere" });
    else this.#retry();
  }
  /** The log hears of its end now, not when it is next looked at. */
  #forget(): void {
    this.#api.send(restCall("DELETE", "/terminals/{terminalId}", this.#named), terminalIn).catch(() => undefined); // the log hears of it within a minute
  }
  #retry(): void {
    if (this.#closed) return;
    this.#screen.state({ is: "lost" });
    this.#timer = setTimeout(() => void this.connect(), this.#wait);
    this.#wait = Math.min(longestRetry, this.#wait * 2);
  }
  /** Tries at once, as when the browser is online again. */
  retryNow = (): void => {
    if (!this.#socket && this.#timer !== undefined && !this.#closed) void this.connect();
  };

  #order(order: TerminalOrder): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(order));
  }
  /**
   * Sends what was typed or pasted. Answers whether it was taken: more than a terminal takes at once is not
   * sent in part.
   */
  type(text: string): boolean {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > terminalLimits.inputBytes) return false;
    if (this.#held !== undefined && this.#socket?.readyState !== WebSocket.OPEN) this.#held = (this.#held + text).slice(0, mostHeld);
    if (this.#replaying || this.#socket?.readyState !== WebSocket.OPEN) return true;
    for (let at = 0; at < bytes.length; at += terminalLimits.messageBytes)
      this.#socket.send(bytes.subarray(at, at + terminalLimits.messageBytes));
    return true;
  }
  resize({ columns, rows }: TerminalSize): void {
    this.#order({ type: "resize", columns, rows });
  }
  end(): void {
    this.#order({ type: "end" });
  }
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = undefined;
  }
}
