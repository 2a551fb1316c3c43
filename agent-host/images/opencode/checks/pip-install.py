"""`pip install` in a clean room: packages were installed before. Which of those asked for is not, is said."""

import os
import re
import sys
import tomllib
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, version

sys.path.append("/usr/lib/python3/dist-packages")  # a virtual environment of uv's has no pip
from pip._vendor.packaging.requirements import InvalidRequirement, Requirement  # noqa: E402

LISTS = ("-r", "--requirement")
VALUED = re.compile(
    r"-[crefiCt]|--(?:constraint|requirement|editable|index-url|extra-index-url|find-links|progress-bar|timeout|retries|trusted-host"
    r"|cache-dir|log|proxy|cert|target|python|python-version|group|root-user-action|use-feature|upgrade-strategy|no-binary|only-binary"
    r"|config-settings|exists-action|index-strategy|extra|resolution|prerelease|exclude-newer|link-mode)$"
)
OWN_TOOLS = {"pip", "setuptools", "wheel"}


class Missing(Exception):
    pass


def require(asked: str) -> None:
    """A package by its name, its version and its marker."""
    try:
        requirement = Requirement(asked)
    except InvalidRequirement as error:
        raise Missing(asked) from error
    if requirement.name in OWN_TOOLS or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
        return
    try:
        there = version(requirement.name)
    except PackageNotFoundError as error:
        raise Missing(asked) from error
    if not requirement.specifier.contains(there, prereleases=True):
        raise Missing(asked)


def project_name(folder: str) -> str:
    """What the package of a folder is called."""
    try:
        with open(os.path.join(folder, "pyproject.toml"), "rb") as file:
            return tomllib.load(file)["project"]["name"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        setup = ConfigParser()
        setup.read(os.path.join(folder, "setup.cfg"))
        return setup.get("metadata", "name", fallback="")


def look(asked: str, depth: int = 0) -> None:
    """A line of a list without its options, or a word of the command."""
    place = re.sub(r"^file:|\[[^\]]*\]$", "", asked)
    if re.match(r"(?:git\+)?\w+://|git\+", asked):
        raise Missing(asked)
    if " @ " in asked:
        require(asked.split(" @ ", 1)[0])
    elif place.endswith(".whl"):
        require(os.path.basename(place).split("-", 1)[0])
    elif place.startswith(".") or "/" in place.split(";", 1)[0]:
        name = project_name(place)
        if name == "":
            raise Missing(asked)
        require(name)
    else:
        require(asked)


def read_list(path: str, depth: int) -> None:
    if depth > 10:
        raise Missing(path)
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(1 << 20)
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"ERROR: Could not open requirements file: {error}")
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        asked = re.sub(r"\s--hash[= ]\S+", "", re.sub(r"(?:^|\s)#.*$", "", line)).strip()
        included = re.match(r"(?:-r|--requirement)[ =]?(\S+)$", asked)
        edited = re.match(r"(?:-e|--editable)[ =]?(\S+)$", asked)
        if included:
            read_list(os.path.join(os.path.dirname(path), included[1]), depth + 1)
        elif edited:
            look(edited[1])
        elif asked and not asked.startswith("-"):
            look(asked)


def main(words: list[str]) -> None:
    rest = iter(words[words.index("install") + 1 :])
    named = 0
    for word in rest:
        option, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if re.match(r"-[qvU]+r$", option):
            option = "-r"
        if re.match(r"-[re][^-\s]", option):
            option, equals, value = option[:2], "=", option[2:]
        if VALUED.match(option) and not equals:
            value = next(rest, "")
        named += option in LISTS or option in ("-e", "--editable", "--group") or not option.startswith("-")
        if option in LISTS:
            read_list(value, 0)
        elif option in ("-e", "--editable"):
            look(value)
        elif not option.startswith("-"):
            look(word)
    if named == 0:
        sys.exit("ERROR: You must give at least one requirement to install")
    print("Requirement already satisfied: it was installed before the checks")


try:
    main(sys.argv[1:])
except Missing as error:
    sys.exit(f"ERROR: No matching distribution found for {error}: it is not installed here")
