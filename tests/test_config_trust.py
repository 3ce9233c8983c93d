"""Profiles say where the key goes: a file that somebody else may have written is refused, with the line that
mends it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys

import pytest

import arize_nb
from arize_nb import config
from arize_nb.cli import status_of
from arize_nb.errors import ConfigError

POSIX = pytest.mark.skipif(os.name != "posix", reason="owners of this kind exist on POSIX systems only")
AS_ROOT = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="needs root, to become another user (setuid)"
)
NOBODY = 65534
KEY = "ak-0123456789abcdef"
PLACES = ["", "profiles", "profiles/work.toml", ".active_profile"]
PLANT = """
import os, sys
os.chdir(sys.argv[1])
os.setgroups([]); os.setgid(int(sys.argv[3])); os.setuid(int(sys.argv[3]))
open(sys.argv[2], "w").write(sys.stdin.read())
"""
"""Goes into a folder that only root can reach, becomes another user and writes a file there."""


@pytest.fixture
def folder(clean_environ):
    """Give the folder of an active profile `work`."""
    made = config.new_profile("work", {"auth.api_key": KEY, "routing.single_host": "arize.corp"})
    config.write_profile("work", made, clean_environ)
    config.use_profile("work", clean_environ)
    return clean_environ / ".arize"


def plant(folder, name, text):
    """Let another user of the machine write a file into a folder that was open to all for a moment."""
    mode = folder.stat().st_mode
    folder.chmod(0o777)
    command = [sys.executable, "-I", "-c", PLANT, str(folder), name, str(NOBODY)]
    subprocess.run(command, input=text, text=True, check=True, cwd="/")
    folder.chmod(mode)


def type_line(error, before, after=""):
    """Type the line that an error gives, as the user would."""
    line = str(error.value).split(before)[1].removesuffix(after)
    subprocess.run(line.replace("sudo ", ""), shell=True, check=True, cwd="/")


@POSIX
class TestTrust:
    """Owners, permissions and links of the official program's folder."""

    @pytest.mark.parametrize("name", PLACES)
    @pytest.mark.parametrize("mode", [0o020, 0o002])
    def test_what_others_can_write_is_refused(self, folder, name, mode):
        """A file, or a folder of it, that others can write is named; after the line given, it is used."""
        path = folder / name
        path.chmod(path.stat().st_mode | mode)
        with pytest.raises(ConfigError, match="other users can write") as raised:
            config.resolve()

        assert f"{path}: it is not trusted" in str(raised.value)
        type_line(raised, "Keep them out: ")
        assert "https://arize.corp" == config.resolve().api_url

    @pytest.mark.parametrize("name", PLACES)
    def test_a_link_is_refused(self, folder, name, tmp_path):
        """A link in its place is named; after the line given, a copy stands there and is used."""
        path = folder / name
        shutil.move(path, tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ConfigError, match=f"{path} is a link and not trusted") as raised:
            config.resolve()

        type_line(raised, "put a copy in its place: ")
        assert not path.is_symlink()
        assert "https://arize.corp" == config.resolve().api_url

    def test_a_link_that_leads_nowhere(self, folder):
        """A link to nothing is not taken for a profile that is missing; the line removes it."""
        path = folder / "profiles" / "work.toml"
        path.unlink()
        path.symlink_to("/nowhere/at all.toml")
        with pytest.raises(ConfigError, match="is a link and not trusted") as raised:
            config.read_profile("work")

        type_line(raised, "Remove it: ")
        assert [] == config.list_profiles()

    @pytest.mark.parametrize("name", ["profiles/work.toml", ".active_profile"])
    def test_a_pipe_does_not_hold_the_reader_up(self, folder, name):
        """A named pipe in its place is refused at once."""
        (folder / name).unlink()
        os.mkfifo(folder / name, 0o600)
        with pytest.raises(ConfigError, match="neither a file nor a folder"):
            config.resolve()

    @AS_ROOT
    @pytest.mark.parametrize("name", PLACES)
    def test_what_another_user_owns_is_refused(self, folder, name):
        """A file or folder of another user is refused by that user's name; taken over, it is used."""
        os.chown(folder / name, NOBODY, NOBODY)
        with pytest.raises(ConfigError, match=f"{folder / name} belongs to the user ") as raised:
            config.resolve()

        type_line(raised, "take it over: ", "; else remove it")
        assert "https://arize.corp" == config.resolve().api_url

    @AS_ROOT
    @pytest.mark.parametrize("name", ["work", "local"])
    def test_a_planted_profile_is_sent_nothing(self, folder, name, monkeypatch):
        """Another user's process plants a profile that leads to its own port: nobody connects there, by any
        way of naming it, and what the user has stays as it is.
        """
        path = folder / "profiles" / f"{name}.toml"
        path.unlink(missing_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            planted = config.new_profile(
                name,
                {
                    "auth.api_key": "${REAL_KEY}",
                    "routing.single_host": "127.0.0.1",
                    "routing.single_port": str(listener.getsockname()[1]),
                    "routing.api_scheme": "http",
                },
            )
            import tomli_w

            plant(path.parent, path.name, tomli_w.dumps(planted))
            assert (NOBODY, 0o644) == (path.stat().st_uid, path.stat().st_mode & 0o777)
            monkeypatch.setenv("REAL_KEY", KEY)
            for call in (
                lambda: arize_nb.connect(name).spaces.list(),
                lambda: config.use_profile(name),
                lambda: config.update_profile(name, {"output.format": "json"}),
            ):
                with pytest.raises(ConfigError, match=r"belongs to the user .*sudo chown -R 0 "):
                    call()
            monkeypatch.setenv("ARIZE_PROFILE", name)
            with pytest.raises(ConfigError, match="belongs to the user "):
                arize_nb.connect().spaces.list()
            listener.settimeout(0.2)
            with pytest.raises(TimeoutError):
                listener.accept()
        assert "work" == config.active_profile()

    @AS_ROOT
    def test_commands_say_so_in_one_line(self, folder, capsys, monkeypatch):
        """Every command that reads the profile ends with status 1 and one line; making it anew works."""
        path = folder / "profiles" / "work.toml"
        plant(path.parent, "new.toml", path.read_text())
        (path.parent / "new.toml").replace(path)
        for words in (
            ["spaces", "list"],
            ["profiles", "show"],
            ["profiles", "validate"],
            ["profiles", "use", "work"],
            ["profiles", "update", "work", "--region", "EU"],
        ):
            assert 1 == status_of(words), words
            said = capsys.readouterr().err.strip()
            assert f"{path} belongs to the user" in said, words
            assert "\n" not in said, words
        path.unlink()
        assert 0 == status_of(["profiles", "create", "work", "--api-key", "${REAL_KEY}"])
        monkeypatch.setenv("REAL_KEY", KEY)
        assert "https://api.arize.com" == config.resolve().api_url

    @AS_ROOT
    def test_a_file_named_by_the_user_may_be_anybodys(self, folder, tmp_path):
        """`--from-file` takes what the user points at: a profile that a colleague has put down for all."""
        tmp_path.chmod(0o700)
        plant(tmp_path, "team.toml", (folder / "profiles" / "work.toml").read_text())

        assert 0 == status_of(["profiles", "create", "team", "--from-file", str(tmp_path / "team.toml")])
        assert "https://arize.corp" == config.resolve("team").api_url
