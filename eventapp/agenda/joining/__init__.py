"""Joining on video: links that lead on at the click, the waiting page, who arrived, and a page to try it all before."""
