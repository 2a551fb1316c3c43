import type { Socket } from "node:net";

type OpenName = { member: string; isOpen: () => boolean };

/**
 * Connections of boxes and apps whose last request went to a name that is open to them by their member's yes,
 * and whether it is so still.
 */
export class OpenNames {
  private readonly open = new Map<Socket, OpenName>();

  note(socket: Socket, member: string, isOpen: () => boolean): void {
    if (!this.open.has(socket)) socket.once("close", () => this.open.delete(socket));
    this.open.set(socket, { member, isOpen });
  }
  /** The last request of this connection went where every box may. */
  forget(socket: Socket): void {
    this.open.delete(socket);
  }
  /** What this member allows has changed: what is closed by that ends at once. */
  review(member: string): void {
    for (const [socket, each] of this.open) if (each.member === member && !each.isOpen()) socket.destroy();
  }
}
