"""Form fields as HTML."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from wtforms.widgets import html_params

from eventapp.core.forms import attributes

NAMES = st.sampled_from(["value", "class_", "for_", "data_say_confirm", "aria_label", "dir", "maxlength", "required"])
VALUES = st.one_of(st.text(max_size=40), st.booleans(), st.integers(), st.none(), st.text(max_size=40).map(Markup))


@settings(deadline=None)
@given(values=st.dictionaries(NAMES, VALUES))
def test_attributes_are_what_the_library_makes(values: dict[str, Any]) -> None:
    assert attributes(**values) == html_params(**values)


def test_no_value_ends_its_attribute() -> None:
    assert attributes(value='"><script>') == 'value="&#34;&gt;&lt;script&gt;"'
    assert attributes(value=Markup('a" onclick="b')) == 'value="a&quot; onclick=&quot;b"'
