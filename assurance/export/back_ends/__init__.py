"""pySigma's back ends for the systems, with what the detection's meaning needs of each.

A filter pattern compares with regard to case. The maintained back ends for Splunk and Elasticsearch
refuse to, so each is told how its system does it. For Sumo Logic's searches and for Athena there is
none: the maintained one for Sumo Logic writes rules of its Cloud SIEM alone, without case and
without a threshold. Those two are said here, in pySigma's own terms.

No query cuts time into fixed pieces, as the maintained ones do: a burst across a border would count
as two halves. Each counts over all that it is run over, or over a sliding window.
"""
