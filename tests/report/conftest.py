import pytest
from report.browser import Browser, start_browser


@pytest.fixture(scope="session")
def driver():
    driver = start_browser()
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver):
    """A `Browser`; its page is new in every test."""
    return Browser(driver)
