import { escape } from "./markdown.js";

const style = `:root { color-scheme: light dark } body { max-width: 40rem; margin: 0 auto; padding: 2rem 1.25rem; font: 1.0625rem/1.65 system-ui, sans-serif }
h1 { line-height: 1.15 } a { color: light-dark(#0b6b4f, #57c79d) } time { color: light-dark(#55635e, #a9b7b1) } ul.posts { list-style: none; padding: 0 }`;
const page = (title, blog, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><link rel="alternate" type="application/atom+xml" title="${escape(blog)}" href="/feed.xml"><style>${style}</style></head>
<body>${body}</body></html>`;

export function frontPage(blog, posts) {
  const items = posts.map(({ name, title, date }) => `<li><a href="/posts/${encodeURIComponent(name)}">${escape(title)}</a> <time>${date}</time></li>`);
  return page(blog, blog, `<main><h1>${escape(blog)}</h1><ul class="posts">${items.join("")}</ul></main>`);
}
export const postPage = (blog, { title, date, html }) =>
  page(`${title} – ${blog}`, blog, `<p><a href="/">${escape(blog)}</a></p><main><h1>${escape(title)}</h1><time>${date}</time>${html}</main>`);
export const missingPage = (blog) => page("Nothing here", blog, `<main><h1>There is nothing here</h1><p><a href="/">All posts</a></p></main>`);

export function feed(blog, posts, origin) {
  const entries = posts.map(({ name, title, date }) => {
    const address = `${origin}/posts/${encodeURIComponent(name)}`;
    return `<entry><title>${escape(title)}</title><id>${escape(address)}</id><link href="${escape(address)}"/><updated>${date}T00:00:00Z</updated></entry>`;
  });
  const updated = posts[0]?.date ?? "1970-01-01";
  return `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>${escape(blog)}</title><id>${escape(origin)}/</id><updated>${updated}T00:00:00Z</updated>${entries.join("")}</feed>`;
}
