import Docker from "dockerode";

const socketPath = process.env.DOCKER_SOCKET ?? "/var/run/docker.sock";

/** Whether a Docker answers on this machine within two seconds. */
export async function dockerAnswers(): Promise<boolean> {
  return new Docker({ socketPath, timeout: 2_000 }).ping().then(
    () => true,
    () => false,
  );
}

/** The Docker on this machine, or an error that says what to do. Installing it is machine.ts's work. */
export async function ensureDocker(log: (line: string) => void): Promise<Docker> {
  const docker = new Docker({ socketPath, timeout: 5_000 });
  try {
    const { Version } = await docker.version();
    log(`Docker ${Version} at ${socketPath}`);
    return new Docker({ socketPath });
  } catch (cause) {
    throw new Error(`Docker does not answer at ${socketPath}. Start it (npm start does, as root), or set DOCKER_SOCKET.`, { cause });
  }
}
