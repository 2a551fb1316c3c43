// The one program through which an OpenCode server begins, and through which it starts anything. Its name says what it is:
//   serve <port>        this agent's OpenCode server
//   bash sh git rg      the program of that name, for the server
// It is execute-only, so the kernel keeps its /proc/<pid>/environ from its own user; what it starts gets no secret of the server, and lives
// in a Landlock domain: it reads nothing of processes outside the domain, and nothing of the server's own folder.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COLLECTOR_TIMER "/usr/local/lib/collector-timer.so"
#define PATH_OF_COMMANDS "/opt/growqr/checks:/usr/local/bin:/usr/bin:/bin"
// Rights of the second and third Landlock version; the headers of the build machine may be older.
#define REFER (1ULL << 13)
#define TRUNCATE (1ULL << 14)
#define READ_ONLY (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ON_FILES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | TRUNCATE)

extern char **environ;

static void fail(const char *what) {
  fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
  _exit(70);
}

static const char *need(const char *name) {
  const char *value = getenv(name);
  if (!value || !*value) {
    errno = EINVAL;
    fail(name);
  }
  return value;
}

static char *join(const char *folder, const char *name) {
  char *path;
  if (asprintf(&path, "%s/%s", folder, name) < 0) fail("memory");
  return path;
}

static void allow(int rules, const char *path, uint64_t rights) {
  struct stat at;
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT || errno == EACCES) return; // a path that cannot be opened is not allowed either
    fail(path);
  }
  if (fstat(fd, &at)) fail(path);
  struct landlock_path_beneath_attr rule = { .allowed_access = S_ISDIR(at.st_mode) ? rights : rights & ON_FILES, .parent_fd = fd };
  if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0)) fail(path);
  close(fd);
}

// Everything but /workspace, and of that the agents' homes. Files' own permissions go on deciding within. A rule covers all below its folder,
// so what is closed can only be left out.
static void confine(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 2) {
    if (version >= 0) errno = ENOSYS;
    fail("this kernel has no Landlock (version 2 or later)");
  }
  uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  all |= REFER | (version >= 3 ? TRUNCATE : 0);
  struct landlock_ruleset_attr handled = { .handled_access_fs = all };
  int rules = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  if (rules < 0) fail("landlock");
  DIR *top = opendir("/");
  if (!top) fail("/");
  for (struct dirent *entry; (entry = readdir(top));)
    if (entry->d_name[0] != '.' && strcmp(entry->d_name, "workspace")) allow(rules, join("", entry->d_name), all);
  closedir(top);
  allow(rules, "/", LANDLOCK_ACCESS_FS_READ_DIR); // names only
  allow(rules, "/workspace/agents", all);
  allow(rules, join(need("XDG_DATA_HOME"), "opencode/tool-output"), READ_ONLY); // long outputs, which the model is told to read
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail("no new privileges");
  if (syscall(SYS_landlock_restrict_self, rules, 0)) fail("landlock");
  close(rules);
}

// What the server knows about itself goes; a command finds its agent's own places.
static void cleanEnvironment(void) {
  static const char *const hidden[] = { "OPENCODE", "GROWQR_", "BUN_", "LD_PRELOAD=", "XDG_", "SHELL=", "PATH=", "TMPDIR=" };
  size_t count = 0, kept = 0;
  while (environ[count]) count++;
  char **clean = calloc(count + 8, sizeof *clean);
  if (!clean) fail("memory");
  for (size_t n = 0; n < count; n++) {
    int hide = 0;
    for (size_t h = 0; h < sizeof hidden / sizeof *hidden; h++) hide |= !strncmp(environ[n], hidden[h], strlen(hidden[h]));
    if (!hide) clean[kept++] = environ[n];
  }
  const char *home = need("HOME");
  environ = clean;
  setenv("PATH", PATH_OF_COMMANDS, 1);
  setenv("SHELL", "/bin/bash", 1);
  setenv("TMPDIR", join(home, ".tmp"), 1);
  setenv("XDG_CONFIG_HOME", "/opt/growqr/xdg", 1);
  setenv("XDG_DATA_HOME", join(home, ".local/share"), 1);
  setenv("XDG_STATE_HOME", join(home, ".local/state"), 1);
  setenv("XDG_CACHE_HOME", join(home, ".cache"), 1);
  setenv("GRADLE_USER_HOME", join(home, ".gradle"), 1); // Java takes a home from /etc/passwd
}

static int command(const char *name, char **arguments) {
  char *program = join(strcmp(name, "bash") && strcmp(name, "sh") ? "/usr/bin" : "/bin", name);
  confine();
  cleanEnvironment();
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (arguments[0] && arguments[0][0] == '/') arguments[0] = program;
  execv(program, arguments);
  fail(program);
  return 70;
}

static void makeFolder(const char *path) {
  struct stat at;
  if (mkdir(path, 0700) && errno != EEXIST) fail(path);
  if (lstat(path, &at) || !S_ISDIR(at.st_mode)) fail(path);
}

// Conversations of an earlier release lie in the agent's home. They move once: later the home is the agent's alone.
static void takeOver(const char *home, const char *data) {
  struct stat at;
  char *old = join(home, ".local/share/opencode");
  if (!lstat(data, &at) || lstat(old, &at) || !S_ISDIR(at.st_mode)) return;
  if (rename(old, data)) fail(old);
}

// The host puts this process into its agent's own control group; nothing begins outside it.
static void awaitGroup(void) {
  char text[8192];
  for (int try = 0; try < 400; try++) {
    int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (size < 0) fail("/proc/self/cgroup");
    close(fd);
    text[size] = 0;
    if (strstr(text, "/agent-")) return;
    usleep(50000);
  }
  errno = ETIMEDOUT;
  fail("control group");
}

static int serve(const char *port) {
  umask(077);
  awaitGroup();
  const char *home = need("HOME"), *state = need("GROWQR_STATE");
  char *data = join(need("XDG_DATA_HOME"), "opencode");
  makeFolder(need("XDG_DATA_HOME"));
  takeOver(home, data);
  makeFolder(data);
  makeFolder(join(data, "tool-output"));
  makeFolder(need("TMPDIR"));
  if (rename(join(state, "log"), join(state, "log.before")) && errno != ENOENT) fail("log"); // why it ended may stand there
  int log = open(join(state, "log"), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (log < 0 || none < 0 || dup2(none, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) fail("log");
  if (chdir(join(home, "work"))) fail("work");
  if (setenv("LD_PRELOAD", COLLECTOR_TIMER, 1)) fail("environment");
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  execl("/usr/local/bin/opencode", "opencode", "serve", "--hostname", "0.0.0.0", "--port", port, "--print-logs", "--log-level", "WARN", NULL);
  fail("opencode");
  return 70;
}

int main(int count, char **arguments) {
  const char *self = (const char *)getauxval(AT_EXECFN);
  const char *name = self && strrchr(self, '/') ? strrchr(self, '/') + 1 : self ? self : "";
  if (!strcmp(name, "serve")) {
    if (count != 2) {
      errno = EINVAL;
      fail("serve <port>");
    }
    return serve(arguments[1]);
  }
  if (!strcmp(name, "bash") || !strcmp(name, "sh") || !strcmp(name, "git") || !strcmp(name, "rg")) return command(name, arguments);
  errno = EINVAL;
  fail(name);
  return 70;
}
