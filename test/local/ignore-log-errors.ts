/** A log on a full disk loses lines; without a listener the first lost line ends the process that wrote it. */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
