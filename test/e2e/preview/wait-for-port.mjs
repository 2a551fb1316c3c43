import { connect } from "node:net";

/** Ends once something listens on a port of this box: run in the box by the tests of previews. */
const [, , port] = process.argv;
const tryOnce = () =>
  new Promise((resolve) => {
    const socket = connect(Number(port), "localhost", () => resolve(true)).on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
for (let tries = 600; tries > 0 && !(await tryOnce()); tries--) await new Promise((resolve) => setTimeout(resolve, 100));
process.exit();
