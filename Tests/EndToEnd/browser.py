"""A real Chromium without a window, driven by the DevTools protocol through a pair of pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

FLAGS = [
    # Tests run as root too, where Chromium's own sandbox refuses to.
    "--no-sandbox", "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions",
    "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"]


class Browser:
    def __init__(self, folder):
        program = shutil.which("chromium")
        assert program, "chromium is not installed: deploy/packages --tests"
        theirs, self._requests = os.pipe()
        self._replies, their_replies = os.pipe()
        with open(folder / "chromium.log", "wb") as log:
            # Chromium reads commands at 3 and writes replies at 4.
            self._process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{theirs} 4>&{their_replies}', "chromium",
                 program, f"--user-data-dir={folder / 'profile'}", *FLAGS],
                env={"HOME": str(folder), "PATH": os.environ["PATH"]},
                pass_fds=[theirs, their_replies], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(theirs)
        os.close(their_replies)
        self._received = b""
        self._number = 0
        self.events = []

    def command(self, method, session=None, **parameters):
        """Sends a command and returns what it returned; events that come before are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._requests, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._next_message()
            if reply.get("id") == self._number:
                assert "error" not in reply, (method, reply["error"])
                return reply["result"]
            self.events.append(reply)

    def wait_for_event(self, session, method):
        while True:
            for event in self.events:
                if event.get("sessionId") == session and event["method"] == method:
                    return event["params"]
            self.events.append(self._next_message())

    def _next_message(self, seconds=60):
        deadline = time.monotonic() + seconds
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._replies], [], [], deadline - time.monotonic())
            assert ready, f"chromium said nothing for {seconds} s"
            piece = os.read(self._replies, 1 << 20)
            assert piece, "chromium ended"
            self._received += piece
        message, self._received = self._received.split(b"\0", 1)
        return json.loads(message)

    def open(self, file, width=1100, height=900, dark=False, media=""):
        """A tab with a local file in it, loaded."""
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        session = self.command(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.command(f"{domain}.enable")
        tab.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=width < 600)
        tab.command("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        tab.command("Page.navigate", url=file.as_uri())
        self.wait_for_event(session, "Page.loadEventFired")
        return tab

    def close(self):
        self.command("Browser.close")
        self._process.wait(timeout=30)
        os.close(self._requests)
        os.close(self._replies)


class Tab:
    def __init__(self, browser, target, session):
        self._browser = browser
        self._target = target
        self._session = session

    def command(self, method, **parameters):
        return self._browser.command(method, session=self._session, **parameters)

    def events(self, *methods):
        return [event["params"] for event in self._browser.events
                if event.get("sessionId") == self._session and event["method"] in methods]

    @property
    def complaints(self):
        """What a console would show."""
        return self.events("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")

    @property
    def requests(self):
        """The URLs of everything that was asked for."""
        return [event["request"]["url"] for event in self.events("Network.requestWillBeSent")]

    def evaluate(self, expression):
        """The value of a JavaScript expression, waited for if it is a promise."""
        reply = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def pdf(self):
        reply = self.command("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(reply["data"])

    def screenshot(self, top=0, height=None):
        """The page as a PNG, from `top` on, whole if no height is given."""
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"], "scale": 1,
                "height": height or size["height"] - top}
        reply = self.command("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(reply["data"])

    def close(self):
        self._browser.command("Target.closeTarget", targetId=self._target)
