/**
 * A full disk loses log lines. Without a listener, the first lost line would end the process that wrote it.
 */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
