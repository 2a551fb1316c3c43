/** Few chunks, since each costs a slow line a round trip: the door, the libraries, the workspace. */
export const chunks = {
  groups: [
    { name: "door", test: /edge[\\/]app[\\/]main\.tsx$/, priority: 3 },
    { name: "libraries", test: /node_modules[\\/](@radix-ui|@tanstack|marked|remend|virtua|yaml)[\\/]/, priority: 2 },
    { name: "workspace", test: /edge[\\/]app[\\/]shell[\\/]router\.tsx$/, priority: 1 },
  ],
};
