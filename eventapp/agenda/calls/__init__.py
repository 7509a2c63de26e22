"""The call for sessions: partners propose, reviewers score, organizers decide, speakers confirm by a link."""
