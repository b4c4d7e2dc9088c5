"""A learner's browser for the scenarios, and the keys that only a test may know."""

from html import escape

from django.http import HttpResponse
from django.test import Client

from courseapp.quizzes.grading import FULL
from courseapp.quizzes.loader import Option, Scenario, scenario

SLUGS = ("ruth", "jessi", "roger")


class Learner:
    """Somebody at a scenario. `htmx` sends what the page's script would send."""

    def __init__(self, slug: str = "ruth", *, htmx: bool = False, client: Client | None = None) -> None:
        self.client = client or Client()
        self.scenario: Scenario = scenario(slug)
        self.headers = {"HX-Request": "true"} if htmx else {}
        self.attempt = 1

    @property
    def url(self) -> str:
        return f"/scenarios/{self.scenario.slug}/"

    def page(self) -> str:
        response = self.client.get(self.url)
        assert response.status_code == 200
        return response.content.decode()

    def post(self, part: int, **fields: str) -> HttpResponse:
        """What a form sends, and the page after it."""
        return self.client.post(f"{self.url}parts/{part}/", fields, headers=self.headers, follow=True)

    def lock_in(self, part: int, *options: str) -> str:
        """The page after these options of a part were locked in, one after the other."""
        text = ""
        for option in options:
            response = self.post(part, option=option, attempt=str(self.attempt))
            assert response.status_code == 200
            text = response.content.decode()
        return text

    def again(self) -> str:
        response = self.client.post(f"{self.url}attempts/", headers=self.headers, follow=True)
        assert response.status_code == 200
        self.attempt += 1
        return response.content.decode()

    def finish(self, first_wrong: int = 0, second_wrong: int = 0) -> str:
        """An attempt to its end, with so many wrong tries of each part before the right one (three: never found)."""
        for part, wrong in ((1, first_wrong), (2, second_wrong)):
            picks = [option.id for option in self.wrong(part)[:wrong]] + [self.right(part).id]
            text = self.lock_in(part, *picks[:3])
        return text

    def right(self, part: int) -> Option:
        return next(option for option in self.scenario.parts[part - 1].options if option.credit == FULL)

    def wrong(self, part: int) -> list[Option]:
        """The options that do not fit, those without any credit first."""
        options = [option for option in self.scenario.parts[part - 1].options if option.credit < FULL]
        return sorted(options, key=lambda option: option.credit)


def shows(page: str, text: str) -> bool:
    return escape(text, quote=True).replace("&#x27;", "&#39;") in page or text in page


def explained(page: str, scenario: Scenario, part: int) -> set[str]:
    """The options of a part whose explanation is anywhere in the page."""
    return {option.id for option in scenario.parts[part - 1].options if shows(page, option.explains)}
