import { findListener, isOpen, type Listener } from "../opencode/box-process.ts";

const mostKnown = 1_000;

/**
 * Who listens on which port of a box, found once. A page asks for hundreds of files, and to look through the
 * sockets of a box for each of them takes longer than all the rest; that a socket is open still is one look.
 */
export class KnownListeners {
  private readonly known = new Map<string, Listener>();

  /** A socket of this user's that listens on the port in the box with this first process. */
  async find(boxPid: number, uid: number, port: number): Promise<Listener | undefined> {
    const key = `${boxPid} ${uid} ${port}`;
    const before = this.known.get(key);
    if (before && (await isOpen(before))) return before;
    this.known.delete(key);
    const found = await findListener(boxPid, uid, port);
    if (this.known.size >= mostKnown) this.known.clear();
    if (found) this.known.set(key, found);
    return found;
  }
}
