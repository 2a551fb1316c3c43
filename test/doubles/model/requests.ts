import { z } from "zod";

const all = z.object({ requests: z.array(z.unknown()) });

/**
 * What reached the model's double with this text in it, oldest first, each read by `shape`. The double keeps
 * what every test sent, in every dialect: what others sent is left out before it is read.
 */
export async function requestsWith<T = unknown>(
  { modelUrl, modelKey }: { modelUrl: string; modelKey: string },
  text: string,
  shape?: z.ZodType<T>,
): Promise<T[]> {
  const answer = await fetch(`${modelUrl}/dev/requests`, { headers: { authorization: `Bearer ${modelKey}` } });
  const { requests } = all.parse(await answer.json());
  return z.array(shape ?? (z.unknown() as z.ZodType<T>)).parse(requests.filter((request) => JSON.stringify(request).includes(text)));
}
