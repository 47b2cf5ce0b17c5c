package awsapi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/coldcrank/coldcrank/lambda/local/internal/logs"
)

func TestFilterLogEvents(t *testing.T) {
	const group = "/aws/lambda/health"
	store := logs.New()
	store.CreateGroup(group)
	at := time.UnixMilli(1_700_000_000_000)
	for i := range 25 {
		check(t, store.Put(group, fmt.Sprintf("2026/11/22/health[%d]", i%2+1), at.Add(time.Duration(i)*time.Second), fmt.Sprintf("line %d", i)))
	}
	c := start(t, &fake{}, store)

	var got []string
	ids := map[string]bool{}
	p := cloudwatchlogs.NewFilterLogEventsPaginator(c.logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: new(group), Limit: new(int32(4)), LogStreamNamePrefix: new("2026/11/22/health[1]"),
		StartTime: new(at.UnixMilli() + 2000), EndTime: new(at.UnixMilli() + 20_000),
	})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		check(t, err)
		if len(page.Events) > 4 {
			t.Errorf("a page of %d events", len(page.Events))
		}
		for _, e := range page.Events {
			got = append(got, *e.Message)
			ids[*e.EventId] = true
			if *e.LogStreamName != "2026/11/22/health[1]" || *e.Timestamp < at.UnixMilli() || *e.IngestionTime == 0 {
				t.Errorf("event %+v", e)
			}
		}
	}
	if want := "line 2 line 4 line 6 line 8 line 10 line 12 line 14 line 16 line 18 line 20"; strings.Join(got, " ") != want || len(ids) != 10 {
		t.Errorf("got %v (%d ids), want %v", got, len(ids), want)
	}

	arn := "arn:aws:logs:eu-central-1:123456789012:log-group:" + group + ":*"
	page, err := c.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupIdentifier: &arn, FilterPattern: new(`"line 7"`)})
	check(t, err)
	if len(page.Events) != 1 {
		t.Errorf("by ARN and pattern: %d events, want 1", len(page.Events))
	}

	_, err = c.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: new("/none")})
	if notFound := (*cwtypes.ResourceNotFoundException)(nil); !errors.As(err, &notFound) {
		t.Errorf("unknown group: got %v, want ResourceNotFoundException", err)
	}
	for name, in := range map[string]*cloudwatchlogs.FilterLogEventsInput{
		"pattern":          {LogGroupName: new(group), FilterPattern: new("{ $.a > 1")},
		"token":            {LogGroupName: new(group), NextToken: new("nonsense")},
		"both selections":  {LogGroupName: new(group), LogStreamNames: []string{"a"}, LogStreamNamePrefix: new("b")},
		"limit":            {LogGroupName: new(group), Limit: new(int32(10_001))},
		"no group":         {FilterPattern: new("x")},
		"latest to oldest": {LogGroupName: new(group), StartFromHead: new(false)},
	} {
		_, err := c.logs.FilterLogEvents(t.Context(), in)
		if invalid := (*cwtypes.InvalidParameterException)(nil); !errors.As(err, &invalid) {
			t.Errorf("%s: got %v, want InvalidParameterException", name, err)
		}
	}
}

func TestDescribeLogGroups(t *testing.T) {
	store := logs.New()
	for i := range 120 {
		store.CreateGroup(fmt.Sprintf("/g/%03d", i))
	}
	store.CreateGroup("/other")
	c := start(t, &fake{}, store)
	var got []string
	for p := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: new("/g/")}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		check(t, err)
		for _, g := range page.LogGroups {
			got = append(got, *g.LogGroupName)
			if g.LogGroupClass != cwtypes.LogGroupClassStandard || *g.Arn != "arn:aws:logs:eu-central-1:123456789012:log-group:"+*g.LogGroupName+":*" {
				t.Errorf("group %+v", g)
			}
		}
	}
	if len(got) != 120 || !slices.IsSorted(got) {
		t.Errorf("%d groups: %v", len(got), got)
	}
}
